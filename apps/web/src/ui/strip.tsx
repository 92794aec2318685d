/** @file The photos of this visit as thumbnails with their states, and the last results of the shown one. */
import { useEffect, useRef } from "preact/hooks";
import { Bitmap, THUMBNAIL_PIXELS } from "./bitmap.js";
import { type Item, STATE_NAMES } from "./items.js";
import { savesToFolder, saveToFolder, saveZip } from "./save-files.js";
import type { Session } from "./session.js";

/** Name of a photo and why it failed; most messages begin with the name. */
const reason = ({ name, note }: Pick<Item, "name" | "note">): string =>
  note?.startsWith(name) ? note : `${name}: ${note ?? STATE_NAMES.failed}`;

/** Names written out beside a warning; of more photos, their number. */
const MAX_NAMES = 5;

/** Each warning once, with the photos that it is about. */
function notes(items: readonly Item[]): readonly string[] {
  const all = new Map<string, string[]>();
  for (const { name, warnings } of items)
    for (const warning of warnings) all.set(warning, [...(all.get(warning) ?? []), name]);
  return [...all].map(([warning, names]) => {
    const which = names.length > MAX_NAMES ? `${names.length} photos` : names.join(", ");
    return `${which}: ${warning}`;
  });
}

export function PhotoStrip({ session }: { readonly session: Session }) {
  const { items, waiting, finished } = session.list;
  const { value: all } = items;
  const place = useRef<HTMLUListElement>(null);
  const failed = all.filter(({ state }) => state === "failed");
  /** The shown photo has its message in its place. */
  const told = failed.filter(({ key }) => key !== session.selected.value);
  const noted = notes(all);
  const { value: selected } = session.selected;
  // The shown photo may be one of hundreds: its thumbnail is scrolled to the middle, and the page stays where it is.
  useEffect(() => {
    const [list, shown] = [place.current, place.current?.querySelector("[aria-pressed=true]")];
    if (!list || !shown) return;
    const [outer, inner] = [list.getBoundingClientRect(), shown.getBoundingClientRect()];
    if (inner.left < outer.left || inner.right > outer.right)
      list.scrollLeft += (inner.left + inner.right - outer.left - outer.right) / 2;
  }, [selected]);
  if (all.length < 2) return null;
  const removeAt = (index: number) => {
    void session.remove([all[index]!.key]);
    // The button that had the focus is gone; its neighbour's takes its place.
    requestAnimationFrame(() => {
      const others = place.current?.querySelectorAll<HTMLElement>(".remove") ?? [];
      (others[Math.min(index, others.length - 1)] ?? document.querySelector<HTMLElement>(".stage"))?.focus();
    });
  };
  return (
    <section class="strip" aria-label="Photos">
      <div class="striphead">
        <p role="status">
          {finished.value} of {all.length} done{failed.length > 0 ? `, ${failed.length} failed` : ""}
        </p>
        {session.paused.value && waiting.value > 0 ? (
          <button type="button" onClick={() => void session.resume()}>
            Go on with {waiting.value}
          </button>
        ) : null}
        {session.changed.value ? (
          <button type="button" onClick={() => void session.restore({ all: true })}>
            Restore all again
          </button>
        ) : null}
        {finished.value > 0 ? (
          <button type="button" onClick={() => void saveZip(session)}>
            Download all (ZIP)
          </button>
        ) : null}
        {finished.value > 0 && savesToFolder ? (
          <button type="button" onClick={() => void saveToFolder(session)}>
            Save to a folder
          </button>
        ) : null}
        <button type="button" onClick={() => void session.remove(all.map(({ key }) => key))}>
          Remove all
        </button>
      </div>
      <ul ref={place}>
        {all.map(({ key, name, state, thumbnail, note }, index) => (
          <li key={key}>
            <button
              type="button"
              class={`thumbnail ${state}`}
              aria-pressed={key === selected}
              aria-label={`${name}, ${STATE_NAMES[state]}`}
              title={state === "failed" ? reason({ name, note }) : name}
              onClick={() => void session.select(key)}
              onKeyDown={(event) => event.key === "Delete" && removeAt(index)}
            >
              {thumbnail ? <Bitmap picture={thumbnail} label="" /> : <span class="empty">{name}</span>}{" "}
              <span class="state" aria-hidden="true">
                {STATE_NAMES[state]}
              </span>
            </button>
            <button
              type="button"
              class="remove"
              aria-label={`Remove ${name}`}
              title="Remove"
              onClick={() => removeAt(index)}
            >
              <span aria-hidden="true">×</span>
            </button>
          </li>
        ))}
      </ul>
      {told.length > 0 ? (
        <ul class="failures" aria-label="Photos that failed">
          {told.map((item) => (
            <li key={item.key}>{reason(item)}</li>
          ))}
        </ul>
      ) : null}
      {noted.length > 0 ? (
        <ul class="notes" aria-label="Notes on photos">
          {noted.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}

export function ResultStrip({ session }: { readonly session: Session }) {
  const { results, resultId, shown } = session;
  const made = results.value.filter(({ result }) => !result.sharpAlready);
  if (made.length < 2) return null;
  return (
    <section class="strip results" aria-label="Last results">
      <h2>Last results of this photo</h2>
      <ul>
        {made.map(({ result, label }) => (
          <li key={result.id}>
            <button
              type="button"
              class="thumbnail"
              aria-pressed={result.id === resultId.value}
              onClick={() => {
                shown.value = 0;
                resultId.value = result.id;
              }}
            >
              <Bitmap picture={result.samples[0]!} label="" mostPixels={THUMBNAIL_PIXELS / 10} />
              <span class="state">{label}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
