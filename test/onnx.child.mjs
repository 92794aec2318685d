/**
 * @file Runs ONNX files with ONNX Runtime and nothing else, as a stranger's program would. The argument is a folder
 * with `jobs.json`: [{ "file", "feeds": { NAME: { "dims", "data": FILE of float32 } }, "result": FILE }]. The shape of
 * each first result is printed.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
// biome-ignore lint/style/noRestrictedImports: nothing of ours is loaded here; the tests' environment switches telemetry off
import { InferenceSession, Tensor } from "onnxruntime-node";

const folder = process.argv[2];
const floats = (file) => new Float32Array(new Uint8Array(readFileSync(join(folder, file))).buffer);
const sessions = new Map();
const shapes = [];
for (const { file, feeds, result } of JSON.parse(readFileSync(join(folder, "jobs.json"), "utf8"))) {
  if (!sessions.has(file))
    sessions.set(file, await InferenceSession.create(join(folder, file), { intraOpNumThreads: 1 }));
  const session = sessions.get(file);
  const inputs = Object.entries(feeds).map(([name, { dims, data }]) => [
    name,
    new Tensor("float32", floats(data), dims),
  ]);
  const output = (await session.run(Object.fromEntries(inputs)))[session.outputNames[0]];
  writeFileSync(join(folder, result), output.data);
  shapes.push(output.dims);
}
console.log(JSON.stringify(shapes));
