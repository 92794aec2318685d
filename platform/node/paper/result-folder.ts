/**
 * @file Results that outlive an interruption: a folder for each task, named after everything the result depends on, with a file for each
 * part that is done. The same task on the same weights and pictures is never computed twice, whichever experiment asks.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../files/atomic-file.js";
import { makeFolder } from "../files/make-folder.js";

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`);

export class ResultFolder {
  private constructor(readonly path: string) {}

  /** `dependsOn`: plain data; another value is another folder. It is kept in the folder for people to read. */
  static async open(results: string, dependsOn: unknown): Promise<ResultFolder> {
    const text = JSON.stringify(dependsOn);
    const path = join(results, createHash("sha256").update(text).digest("hex").slice(0, 16));
    await makeFolder(path);
    await writeFileAtomically(join(path, "task.json"), bytes(dependsOn));
    return new ResultFolder(path);
  }

  /** The part, from its file if it is done, else computed and kept. */
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
