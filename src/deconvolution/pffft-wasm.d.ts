declare module "@echogarden/pffft-wasm/simd" {
  export default function createPffft(
    options: import("./webassembly.js").PffftOptions,
  ): Promise<import("./webassembly.js").PffftModule>;
}
