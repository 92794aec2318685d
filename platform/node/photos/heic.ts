/** @file The HEIC decoder, an optional dependency: detection and loading. */
import { createRequire } from "node:module";
import { UnblurError } from "../../../src/base/errors.js";
import type { HeifLibrary } from "../../../src/images/heic.js";

/** The module's name in a variable, so that neither the compiler nor the bundler resolves it. */
const DECODER: string = "libheif-js/wasm-bundle.js";

export const heicDecoderIsThere = (): boolean => {
  try {
    createRequire(import.meta.url).resolve(DECODER);
    return true;
  } catch {
    return false;
  }
};

/** Advice for a HEIC picture when no decoder is installed. */
export const HOW_TO_READ_HEIC =
  "it is a HEIC picture, whose decoder is not installed: run `npm install libheif-js` (LGPL-3.0), or convert it to JPEG";

let loaded: Promise<HeifLibrary> | undefined;

/** Loads the decoder (1.4 MB of WebAssembly) once. Throws `image` if it is not installed. */
export function heifLibrary(): Promise<HeifLibrary> {
  loaded ??= import(DECODER).then(
    (module: { default: HeifLibrary }) => module.default,
    (cause: unknown) => {
      loaded = undefined;
      throw new UnblurError("image", `the photo: ${HOW_TO_READ_HEIC}`, { cause });
    },
  );
  return loaded;
}
