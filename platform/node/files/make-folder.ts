import { mkdir } from "node:fs/promises";
import { UnblurError } from "../../../src/base/errors.js";

/** Makes a folder and those above it; one that is there is fine. Throws `file`. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new UnblurError("file", `${folder}: the folder could not be made (${String(cause)})`, { cause });
  }
}
