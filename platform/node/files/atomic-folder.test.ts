import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeFolderAtomically } from "./atomic-folder.js";
import { oldName, partName, recoverFolders } from "./leftovers.js";

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
const fillWith = (text: string) => (path: string) => writeFile(join(path, "file"), text);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-folder-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("is created with its parents, and gets its name when it is complete", async () => {
  await writeFolderAtomically(at("a", "b"), {
    replace: false,
    async fill(path) {
      await fillWith("new")(path);
      expect(await readdir(at("a"))).toEqual([expect.stringMatching(/^\.b\..*\.part$/)]);
    },
  });
  expect(await readdir(at("a"))).toEqual(["b"]);
  expect(await readFile(at("a", "b", "file"), "utf8")).toBe("new");
});

test("an existing folder is replaced on request only, and as a whole", async () => {
  await mkdir(at("b"));
  await writeFile(at("b", "other"), "old");
  await expect(writeFolderAtomically(at("b"), { replace: false, fill: fillWith("new") })).rejects.toMatchObject({
    code: "file",
    message: expect.stringContaining(at("b")),
  });
  expect(await readdir(at("b"))).toEqual(["other"]);
  await writeFolderAtomically(at("b"), { replace: true, fill: fillWith("new") });
  expect(await readdir(at("b"))).toEqual(["file"]);
  expect(await readdir(folder)).toEqual(["b"]);
});

test.each([true, false])("a folder that could not be filled leaves nothing behind; replacing: %s", async (replace) => {
  if (replace) await writeFolderAtomically(at("b"), { replace, fill: fillWith("old") });
  const fill = async (path: string) => {
    await fillWith("half")(path);
    throw new Error("the disk is full");
  };
  await expect(writeFolderAtomically(at("b"), { replace, fill })).rejects.toThrow(/could not be written.*disk is full/);
  expect(await readdir(folder)).toEqual(replace ? ["b"] : []);
  if (replace) expect(await readFile(at("b", "file"), "utf8")).toBe("old");
});

test.each(["between its two renames", "after them"])(
  "a kill during the replacement of a folder, %s, loses nothing: the name leads to a complete folder",
  async (when) => {
    const child = spawn(process.execPath, ["-e", ""]);
    await new Promise((resolve) => child.once("exit", resolve));
    const ended = (path: string) => path.replace(/\.\d+-/, `.${child.pid}-`);
    await mkdir(ended(oldName(at("b"))));
    await fillWith("former")(join(folder, (await readdir(folder))[0]!));
    if (when === "after them") await mkdir(at("b"));
    else await mkdir(ended(partName(at("b"))));
    recoverFolders(folder);
    expect(existsSync(at("b", "file"))).toBe(when !== "after them");
    await writeFolderAtomically(at("c"), { replace: false, fill: fillWith("new") });
    expect((await readdir(folder)).sort()).toEqual(["b", "c"]);
  },
);
