import { mkdir } from "node:fs/promises";
import { UnblurError } from "../../../src/base/errors.js";

/** Creates a folder and its parents; existing ones are kept. Throws `file`. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new UnblurError("file", `${folder}: the folder could not be created (${String(cause)})`, { cause });
  }
}
