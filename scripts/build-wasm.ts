// `npm run build:wasm`: the WebAssembly of the sources as base64 in TypeScript, so that Node, workers and pages need no file beside the program.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import openWabt from "wabt";

const FOLDER = join(import.meta.dirname, "..", "src", "deconvolution");

/** Of the text in FOLDER. */
export async function wasmOf(name: string): Promise<string> {
  const wabt = await openWabt();
  const module = wabt.parseWat(`${name}.wat`, readFileSync(join(FOLDER, `${name}.wat`), "utf8"), { simd: true });
  return Buffer.from(module.toBinary({}).buffer).toString("base64");
}

if (process.argv[1] === import.meta.filename) {
  const text = `/** @file Made of sketch-loops.wat by \`npm run build:wasm\`. */\nexport const SKETCH_LOOPS =\n  "${await wasmOf("sketch-loops")}";\n`;
  writeFileSync(join(FOLDER, "sketch-loops-wasm.ts"), text);
}
