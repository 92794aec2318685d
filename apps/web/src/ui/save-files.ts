/** @file Results as files: one download, a ZIP of all, or a folder that the user picks. */
import type { Item } from "./items.js";
import type { Session } from "./session.js";

function offer(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export const saveShown = (session: Session): Promise<void> =>
  session.attempt(async () => {
    const key = session.selected.value;
    const file = await session.shownFile();
    if (!file || key === null) return;
    offer(file, file.name);
    session.list.update(key, { saved: true });
  });

/** "a.jpg", then "a-2.jpg": photos of several folders may have one name. */
export function uniqueName(name: string, taken: Set<string>): string {
  const dot = name.lastIndexOf(".");
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
  let free = name;
  for (let k = 2; taken.has(free); k++) free = `${stem}-${k}${ending}`;
  taken.add(free);
  return free;
}

/** Calls `write` with every finished photo, one at a time, and marks it as saved. */
async function eachFinished(
  session: Session,
  write: (name: string, file: File, item: Item) => Promise<void>,
): Promise<void> {
  const taken = new Set<string>();
  for (const item of session.list.items.value) {
    if (item.state !== "done" && item.state !== "sharp") continue;
    const file = await session.fileOf(item);
    if (!file) continue;
    await write(uniqueName(file.name, taken), file, item);
    session.list.update(item.key, { saved: true });
  }
}

export const saveZip = (session: Session): Promise<void> =>
  session.attempt(async () => {
    const { BlobReader, BlobWriter, ZipWriter } = await import("@zip.js/zip.js");
    const zip = new ZipWriter(new BlobWriter("application/zip"), { useWebWorkers: false });
    // Pictures are compressed already.
    await eachFinished(session, async (name, file) => {
      await zip.add(name, new BlobReader(file), { level: 0 });
    });
    offer(await zip.close(), "unblurred.zip");
  });

interface PickedFolder {
  getFileHandle(
    name: string,
    options: { readonly create: boolean },
  ): Promise<{ createWritable(): Promise<WritableStream<Blob> & { write(data: Blob): Promise<void> }> }>;
}

const picker = globalThis as { showDirectoryPicker?(options: object): Promise<PickedFolder> };

/** Returns whether this browser lets a page write to a folder: those of Chromium do. */
export const savesToFolder = picker.showDirectoryPicker !== undefined;

export const saveToFolder = (session: Session): Promise<void> =>
  session.attempt(async () => {
    const folder = await picker.showDirectoryPicker!({ mode: "readwrite" });
    await eachFinished(session, async (name, file) => {
      const writable = await (await folder.getFileHandle(name, { create: true })).createWritable();
      await writable.write(file);
      await writable.close();
    });
  });
