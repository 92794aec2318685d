/** @file Saves the shown picture as a file, in the photo's format with its metadata, or in another format. */
import { useState } from "preact/hooks";
import type { DownloadChoice } from "../../../../platform/browser/deblurrer.js";
import type { Session } from "./session.js";

type FileType = NonNullable<DownloadChoice["type"]>;
const TYPES: Readonly<Record<FileType, string>> = { "image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WebP" };

export function SaveResult({ session }: { readonly session: Session }) {
  const [type, setType] = useState<FileType | "">("");
  return (
    <div class="buttons">
      <button type="button" class="primary" onClick={() => void session.download(type === "" ? undefined : type)}>
        Download
      </button>
      <label>
        as{" "}
        <select
          value={type}
          aria-label="Format of the file"
          onChange={({ currentTarget }) => setType(currentTarget.value as FileType | "")}
        >
          <option value="">the photo's format</option>
          {Object.entries(TYPES).map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
