/** @file Sources of photos: dropped, pasted, chosen, shared by another app, or opened with this one. */
import { isRawPath, rawAdvice, rawsCalled } from "../../../../src/images/photo.js";
import type { NamedFile } from "./items.js";
import type { Session } from "./session.js";

const isModel = ({ name }: File): boolean => /\.(zip|onnx)$/i.test(name);
/** Endings that a folder's other files do not have; a file that is named by itself is always tried. */
const isPicture = ({ name, type }: File): boolean =>
  !isRawPath(name) && (type.startsWith("image/") || /\.(jpe?g|png|webp|avif|hei[cf]|gif|bmp)$/i.test(name));

const named = (file: File): NamedFile => ({ file, name: file.name || "photo.png" });

/** Names written out; of more files, their number. */
const MAX_NAMES = 3;

function listed(files: readonly Pick<File, "name">[]): string {
  const more = files.length - MAX_NAMES;
  const names = files.slice(0, MAX_NAMES).map(({ name }) => name);
  return names.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** A sentence about files that are not opened, such as those beside the photos of a folder; null if there is nothing to tell. */
export function leftOut(files: readonly Pick<File, "name">[]): string | null {
  const told = files.filter(({ name }) => !name.startsWith(".")); // hidden files of systems
  const raws = told.filter(({ name }) => isRawPath(name));
  const others = told.filter((file) => !raws.includes(file));
  const parts = [
    // A browser opens no TIFF.
    ...(raws.length > 0 ? [`${rawsCalled(raws.length)} (${listed(raws)}: ${rawAdvice(raws.length, "JPEG")})`] : []),
    ...(others.length > 0 ? [`${others.length} other file${others.length === 1 ? "" : "s"} (${listed(others)})`] : []),
  ];
  return parts.length > 0 ? `Left out: ${parts.join(", ")}.` : null;
}

/** Opens photos, and a model where one is among the files. `wanted`: each file was named by itself. */
export function openFiles(session: Session, files: readonly File[], wanted = files.length === 1): void {
  const model = files.find(isModel);
  if (model) void session.openModel(model);
  const photos = files.filter((file) => !isModel(file) && (wanted || isPicture(file)));
  const rest = leftOut(files.filter((file) => file !== model && !photos.includes(file)));
  session.notice.value = photos.length > 0 || model ? rest : null;
  if (photos.length > 0) void session.openPhotos(photos.map(named));
  else if (files.length > 0 && !model)
    session.problem.value = ["There are no pictures among these files.", rest].filter(Boolean).join(" ");
}

/** All files of a dropped folder, in the order of their names. */
async function filesIn(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile)
    return [await new Promise<File>((done, failed) => (entry as FileSystemFileEntry).file(done, failed))];
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const entries: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) break; // a reader gives a hundred at a time
    entries.push(...some);
  }
  const inside = await Promise.all(entries.sort((a, b) => a.name.localeCompare(b.name)).map(filesIn));
  return inside.flat();
}

/** Files of a drop or paste; folders are searched. Reads `data` at once, as a browser empties it after the event. */
export async function filesOf(data: DataTransfer | null): Promise<readonly File[]> {
  const files = [...(data?.files ?? [])];
  const entries = [...(data?.items ?? [])].map((item) => item.webkitGetAsEntry?.() ?? null);
  if (!entries.some((entry) => entry?.isDirectory)) return files;
  return (await Promise.all(entries.flatMap((entry) => (entry ? [filesIn(entry)] : [])))).flat();
}

/** Files that another app shared with the installed page (service-worker.ts keeps them), or opened with it. */
export async function openHandedOver(session: Session): Promise<void> {
  const { launchQueue } = globalThis as { launchQueue?: { setConsumer(take: (launch: Launch) => void): void } };
  launchQueue?.setConsumer(async ({ files = [] }) => {
    openFiles(session, await Promise.all(files.map((handle) => handle.getFile())), true);
  });
  if (!new URLSearchParams(location.search).has("shared")) return;
  history.replaceState(history.state, "", "./");
  const cache = await caches.open("unblur-shared");
  const files: File[] = [];
  for (const request of await cache.keys()) {
    const response = await cache.match(request);
    const name = decodeURIComponent(new URL(request.url).pathname.split("/").at(-1)!);
    if (response) files.push(new File([await response.blob()], name));
    await cache.delete(request);
  }
  openFiles(session, files, true);
}

interface Launch {
  readonly files?: readonly { getFile(): Promise<File> }[];
}
