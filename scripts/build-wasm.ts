// `npm run build:wasm`: WebAssembly as base64 in TypeScript, so that Node, workers and pages need no file beside the program: the loops of a blur's
// estimate, compiled from AssemblyScript, and PFFFT as its package has it.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "..", "src", "deconvolution");
const LOOPS = join(FOLDER, "loops");

/** Of all sources in `loops`. They use no memory but the one they are given. */
export async function loopsWasm(): Promise<Uint8Array> {
  const { default: asc } = await import("assemblyscript/asc");
  const sources = readdirSync(LOOPS).filter((name) => name.endsWith(".ts"));
  let binary: Uint8Array | undefined;
  const options = ["--importMemory", "--runtime", "stub", "--enable", "simd", "--optimizeLevel", "3", "--noAssert"];
  const { error, stderr } = await asc.main(["--baseDir", LOOPS, "--outFile", "loops.wasm", ...options, ...sources], {
    writeFile: (_, contents) => {
      if (typeof contents !== "string") binary = contents;
    },
  });
  if (error || !binary) throw new Error(`the loops could not be compiled\n${stderr.toString()}`);
  return binary;
}

/** As published. */
export const pffftWasm = (): Uint8Array =>
  readFileSync(
    createRequire(import.meta.url)
      .resolve("@echogarden/pffft-wasm/simd")
      .replace(/js$/, "wasm"),
  );

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

if (process.argv[1] === import.meta.filename) {
  const text = `/** @file Made by \`npm run build:wasm\`: the sources in \`loops\`, compiled, and PFFFT (BSD-3, Pommier and UCAR) as in its package. */
export const LOOPS =
  "${base64(await loopsWasm())}";
export const PFFFT =
  "${base64(pffftWasm())}";
`;
  writeFileSync(join(FOLDER, "wasm-binaries.ts"), text);
}
