/** @file In place of a photo that could not be opened: its name, why, and what can be done. */
import type { Item } from "./items.js";
import type { Session } from "./session.js";
import { sentence } from "./status.js";

/** Why a photo failed, as a sentence; its name, with which most messages begin, is said elsewhere. */
export const failureOf = ({ name, note }: Pick<Item, "name" | "note">): string =>
  sentence((note ?? "it could not be opened").replace(`${name}: `, ""));

export function Unreadable({ session }: { readonly session: Session }) {
  /** Null between its removal and the next photo. */
  const item = session.item.value;
  return (
    <section class="viewer" aria-label="Photo that could not be opened">
      <div class="stage unreadable" tabIndex={-1}>
        <h2>{item?.name}</h2>
        {item?.state === "failed" ? (
          <>
            <p role="alert">{failureOf(item)}.</p>
            <p class="quiet">
              Add an intact copy of it. “Try again” helps if the file was out of reach or the memory was short. The
              other photos are not affected.
            </p>
            <button type="button" onClick={() => void session.remove([item.key])}>
              Remove
            </button>
          </>
        ) : (
          <p role="status">Opening the photo…</p>
        )}
      </div>
    </section>
  );
}
