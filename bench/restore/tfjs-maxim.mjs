/**
 * MAXIM as its npm package has it, through TensorFlow.js on WebAssembly: milliseconds for a picture of 256x256. Runs in
 * a folder with the packages installed (argument 1: the model's folder). The back end has no Einsum kernel, so the
 * model's three equations are lowered to matrix products here.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, modelFolder, repeat] = [process.argv[2], process.argv[3], Number(process.argv[4])];
const require = createRequire(pathToFileURL(join(folder, "index.js")));
const tf = require("@tensorflow/tfjs-core");
const { loadGraphModel } = require("@tensorflow/tfjs-converter");
const wasm = require("@tensorflow/tfjs-backend-wasm");
require("@tensorflow/tfjs-backend-cpu");
wasm.setWasmPaths(join(folder, "node_modules/@tensorflow/tfjs-backend-wasm/dist/"));

/** [a, b, c, g] x [g, f] -> [a, b, c, f] */
const alongChannels = (x, w) =>
  tf.reshape(tf.matMul(tf.reshape(x, [-1, x.shape.at(-1)]), w), [...x.shape.slice(0, -1), w.shape[1]]);
const EQUATIONS = {
  "abcg,gf->abcf": alongChannels,
  "abgd,gf->abdf": (x, w) => alongChannels(tf.transpose(x, [0, 1, 3, 2]), w),
  "gb,cgef->bcef": (w, x) => {
    const [c, g, e, f] = x.shape;
    const rows = tf.matMul(tf.transpose(w), tf.reshape(tf.transpose(x, [1, 0, 2, 3]), [g, c * e * f]));
    return tf.reshape(rows, [w.shape[1], c, e, f]);
  },
};
tf.registerKernel({
  kernelName: "Einsum",
  backendName: "wasm",
  kernelFunc({ inputs, attrs }) {
    const lowered = EQUATIONS[attrs.equation.replaceAll(" ", "")];
    if (!lowered) throw new Error(`an equation that MAXIM does not have: ${attrs.equation}`);
    return tf.tidy(() => lowered(...Object.values(inputs)));
  },
});
await tf.setBackend("wasm");
await tf.ready();

const json = JSON.parse(readFileSync(join(modelFolder, "model.json"), "utf8"));
const shards = json.weightsManifest.flatMap(({ paths }) => paths.map((path) => readFileSync(join(modelFolder, path))));
const bytes = Buffer.concat(shards);
const model = await loadGraphModel({
  load: async () => ({
    modelTopology: json.modelTopology,
    weightSpecs: json.weightsManifest.flatMap(({ weights }) => weights),
    weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
    signature: json.signature,
  }),
});
const photo = tf.randomUniform([1, 256, 256, 3], 0, 1, "float32", 1);
const ms = [];
for (let i = 0; i < repeat; i++) {
  const startedAt = performance.now();
  const result = model.predict(photo);
  const outputs = Array.isArray(result) ? result : [result];
  await outputs.at(-1).data();
  ms.push(performance.now() - startedAt);
  tf.dispose(result);
}
console.log(JSON.stringify({ ms, tfjs: tf.version_core }));
