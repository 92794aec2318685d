/** @file How Node encodes and writes the pictures of one photo. */
import { UnblurError } from "../../../src/base/errors.js";
import { fileKind } from "../../../src/images/file-kind.js";
import { formatFromPath, IMAGE_FORMATS, type ImageFormat } from "../../../src/images/photo.js";
import type { Platform, Saving } from "../../../src/library/restored.js";
import { writeFileAtomically } from "../files/atomic-file.js";
import { encodeImage } from "../photos/image-file.js";
import { pathOf, type ReadSource, type Source } from "./source.js";

/** Node's forms of pictures and files. */
export interface NodePlatform extends Platform {
  readonly source: Source;
  readonly format: ImageFormat;
  /** Path or `file:` URL. */
  readonly target: string | URL;
}

export function savingFor({ photo, bytes }: ReadSource): Saving<NodePlatform> {
  const { format, metadata } = photo;
  const kind = bytes && fileKind(bytes);
  return {
    format,
    original: kind && "format" in kind && kind.format === format ? new Uint8Array(bytes) : null,
    encode: async (raster, chosen, quality) =>
      new Uint8Array(
        await encodeImage(
          { raster, format, metadata },
          { format: chosen, ...(quality === undefined ? {} : { quality }) },
        ),
      ),
    formatOf(target) {
      const path = pathOf(target);
      const found = formatFromPath(path);
      if (found) return found;
      const endings = Object.values(IMAGE_FORMATS).flatMap(({ extensions }) => extensions);
      throw new UnblurError(
        "file",
        `${path}: the name has no known ending; expected one of ${endings.join(" ")}, or a format option`,
      );
    },
    write: (target, content) => writeFileAtomically(pathOf(target), content),
  };
}
