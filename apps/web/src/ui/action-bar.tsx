/** @file The actions that stay in view: restore, download, add photos. One of them is the main one. */
import { useState } from "preact/hooks";
import type { DownloadChoice } from "../../../../platform/browser/deblurrer.js";
import { OpenButtons } from "./open-photos.js";
import { saveShown } from "./save-files.js";
import type { Session } from "./session.js";

type FileType = NonNullable<DownloadChoice["type"]>;
const TYPES: Readonly<Record<FileType, string>> = { "image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WebP" };

export function ActionBar({ session }: { readonly session: Session }) {
  const [type, setType] = useState<FileType | "">("");
  const { result, progress, changed, underway, item } = session;
  const working = progress.value !== null;
  const isDone = result.value !== null && !result.value.sharpAlready;
  const restores = changed.value || (!isDone && !working);
  const verb = item.value?.state === "done" ? "Restore again" : "Restore";
  return (
    <div class="actions">
      <OpenButtons session={session} />
      <span class="space" />
      <button
        type="button"
        class={restores ? "primary" : ""}
        disabled={underway.value}
        onClick={() => void session.restore({ anyway: item.value?.state === "sharp" })}
      >
        {verb}
      </button>
      {isDone ? (
        <span class={type === "" ? "download own" : "download"}>
          <button
            type="button"
            class={restores ? "" : "primary"}
            onClick={() => void saveShown(session, type === "" ? undefined : type)}
          >
            Download
          </button>
          <select
            value={type}
            aria-label="Format of the file"
            onChange={({ currentTarget }) => setType(currentTarget.value as FileType | "")}
          >
            <option value="">as the photo</option>
            {Object.entries(TYPES).map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </span>
      ) : null}
    </div>
  );
}
