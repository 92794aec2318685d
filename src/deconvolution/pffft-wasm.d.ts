declare module "@echogarden/pffft-wasm/simd" {
  export default function createPffft(): Promise<import("./pffft-module.js").PffftModule>;
}
