import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Store } from "./store.js";

let folder: string;
let store: Store;
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "unblur-store-")));
  mkdirSync(join(folder, "store/photos"), { recursive: true });
  mkdirSync(join(folder, "elsewhere"));
  writeFileSync(join(folder, "elsewhere/secret.jpg"), "");
  writeFileSync(join(folder, "store/photos/a.jpg"), "");
  symlinkSync(join(folder, "elsewhere"), join(folder, "store/away"));
  symlinkSync(join(folder, "elsewhere/secret.jpg"), join(folder, "store/photos/link.jpg"));
  symlinkSync(join(folder, "elsewhere/new.jpg"), join(folder, "store/photos/dangling.jpg"));
  symlinkSync("photos", join(folder, "store/same"));
  store = await Store.open(join(folder, "store"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("references are paths below the store, with slashes, and lead back", async () => {
  expect(await store.reference(join(folder, "store/photos/a.jpg"))).toBe("photos/a.jpg");
  expect(await store.reference(join(folder, "store/same/new/b.jpg"))).toBe("photos/new/b.jpg");
  expect(await store.path("photos/a.jpg")).toBe(join(folder, "store/photos/a.jpg"));
  expect(await store.path("not/yet/there.jpg")).toBe(join(folder, "store/not/yet/there.jpg"));
});

test.each([
  "",
  ".",
  "..",
  "../elsewhere/secret.jpg",
  "photos/../../elsewhere/secret.jpg",
  "photos/../photos/a.jpg",
  "/etc/passwd",
  "photos//a.jpg",
  "away/secret.jpg",
  "away/new/file.jpg",
  "photos/link.jpg",
  "photos/dangling.jpg",
  "photos/a.jpg\0.png",
])("%j does not lead out of the store", async (reference) => {
  await expect(store.path(reference)).rejects.toThrow(/expected a path below the store/);
});

test.each(["elsewhere/secret.jpg", "store/away/secret.jpg", "store/photos/link.jpg", "store", "store/../x.jpg"])(
  "%s has no reference",
  async (path) => {
    await expect(store.reference(join(folder, path))).rejects.toThrow(/expected a path below the store/);
  },
);

test("a store has one id, whoever makes it", async () => {
  expect(await store.id()).toBeNull();
  const ids = await Promise.all([store.makeId(), store.makeId(), store.makeId()]);
  expect(new Set([...ids, await store.id()]).size).toBe(1);
  await expect(Store.open(join(folder, "nowhere"))).rejects.toThrow(/expected a folder that is there/);
});

test("an id that another machine has just begun to make is waited for; what is no id is named", async () => {
  const marker = join(store.root, ".unblur-store");
  await writeFile(marker, "");
  const id = "11111111-1111-4111-8111-111111111111";
  const [made] = await Promise.all([store.makeId(), wait(150).then(() => writeFile(marker, `${id}\n`))]);
  expect(made).toBe(id);
  await writeFile(marker, "something else");
  await expect(store.makeId()).rejects.toThrow(/expected a store's id, got something else; remove the file/);
});
