/** @file ONNX files run by a process that has ONNX Runtime and nothing of ours. */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

export interface Floats {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface OnnxJob {
  /** Within the folder. */
  readonly file: string;
  readonly feeds: Readonly<Record<string, Floats>>;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) => new Uint8Array(buffer, byteOffset, byteLength);

/** The first result of each job. The folder holds the files, and gets those of inputs and results. */
export async function runElsewhere(folder: string, jobs: readonly OnnxJob[]): Promise<Floats[]> {
  const listed = jobs.map(({ file, feeds }, i) => ({
    file,
    feeds: Object.fromEntries(
      Object.entries(feeds).map(([name, { shape, data }]) => {
        const stored = `${i}-${name}.f32`;
        writeFileSync(join(folder, stored), bytesOf(data));
        return [name, { dims: shape, data: stored }];
      }),
    ),
    result: `${i}.f32`,
  }));
  writeFileSync(join(folder, "jobs.json"), JSON.stringify(listed));
  const child = join(import.meta.dirname, "onnx.child.mjs");
  const { stdout } = await promisify(execFile)(process.execPath, [child, folder]);
  return (JSON.parse(stdout) as number[][]).map((shape, i) => ({
    shape,
    data: new Float32Array(new Uint8Array(readFileSync(join(folder, `${i}.f32`))).buffer),
  }));
}
