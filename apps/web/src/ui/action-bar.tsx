/** @file The actions that stay in view: restore, download, add photos. One of them is the main one. */
import { OpenButtons } from "./open-photos.js";
import { saveShown } from "./save-files.js";
import type { FileType, Session } from "./session.js";

const TYPES: Readonly<Record<FileType, string>> = { "image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WebP" };

/** One choice for every file that the page saves: of the shown photo, in the ZIP and in a folder. */
function FormatChoice({ session }: { readonly session: Session }) {
  const { format } = session;
  return (
    <select
      value={format.value ?? ""}
      aria-label="Format of saved files"
      title="Format of all saved files: of this photo, in the ZIP and in a folder"
      onChange={({ currentTarget }) => {
        format.value = (currentTarget.value || null) as FileType | null;
      }}
    >
      <option value="">as the photo</option>
      {Object.entries(TYPES).map(([value, name]) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
    </select>
  );
}

export function ActionBar({ session }: { readonly session: Session }) {
  const { result, progress, changed, underway, item, photo, list, format } = session;
  const working = progress.value !== null;
  const isDone = result.value !== null && !result.value.sharpAlready;
  const restores = changed.value || (!isDone && !working);
  const verb = item.value?.state === "done" ? "Restore again" : photo.value ? "Restore" : "Try again";
  /** Whether anything can be saved: the shown photo, or another one of the list. */
  const saves = isDone || (list.items.value.length > 1 && list.finished.value > 0);
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
      {saves ? (
        <span class={format.value === null ? "download own" : "download"}>
          {isDone ? (
            <button type="button" class={restores ? "" : "primary"} onClick={() => void saveShown(session)}>
              Download
            </button>
          ) : null}
          <FormatChoice session={session} />
        </span>
      ) : null}
    </div>
  );
}
