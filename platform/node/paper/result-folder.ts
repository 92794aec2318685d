/**
 * @file Results that survive an interruption: a folder for each task, named after everything that the result depends
 * on, with a file for each finished part. A task on the same weights and pictures is therefore never computed twice, in
 * any experiment.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../files/atomic-file.js";
import { makeFolder } from "../files/make-folder.js";

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`);

export class ResultFolder {
  private constructor(readonly path: string) {}

  /** `dependsOn`: plain data that determines the folder. It is stored in the folder for people to read. */
  static async open(results: string, dependsOn: unknown): Promise<ResultFolder> {
    const text = JSON.stringify(dependsOn);
    const path = join(results, createHash("sha256").update(text).digest("hex").slice(0, 16));
    await makeFolder(path);
    await writeFileAtomically(join(path, "task.json"), bytes(dependsOn));
    return new ResultFolder(path);
  }

  /** The part, read from its file if it is finished, else computed and stored. */
  async part<T>(name: string, compute: () => Promise<T>): Promise<T> {
    const path = join(this.path, `${name}.json`);
    const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw error;
    });
    if (text !== null) return JSON.parse(text) as T;
    const value = await compute();
    await writeFileAtomically(path, bytes(value));
    return value;
  }
}
