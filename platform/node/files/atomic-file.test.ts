import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { StagedFiles, writeFileAtomically } from "./atomic-file.js";
import { partName } from "./leftovers.js";
import { newMark } from "./process-mark.js";

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (...parts: string[]) => readFile(at(...parts), "utf8");

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-file-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** The mark of a process that has ended. */
async function markOfEnded(): Promise<string> {
  const child = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => child.once("exit", resolve));
  return newMark().replace(/^\d+/, String(child.pid));
}

test("several files get their names together, in new folders", async () => {
  await using files = new StagedFiles({ makeFolders: true });
  await files.write(at("a", "b", "one"), bytes("1"));
  await files.write(at("a", "two"), [bytes("2"), bytes("2")]);
  expect((await readdir(folder, { recursive: true })).filter((name) => !name.endsWith(".part"))).toEqual(["a", "a/b"]);
  await files.commit();
  expect([await text("a", "b", "one"), await text("a", "two")]).toEqual(["1", "22"]);
  expect((await readdir(folder, { recursive: true })).sort()).toEqual(["a", "a/b", "a/b/one", "a/two"]);
});

test("uncommitted files leave nothing behind, and no new folders", async () => {
  await mkdir(at("kept"));
  {
    await using files = new StagedFiles({ makeFolders: true });
    await files.write(at("kept", "new", "deep", "one"), bytes("1"));
    await expect(files.write(at("kept", "new", "deep"), bytes("2"))).rejects.toThrow(/deep: it is a folder; choose/);
  }
  expect(await readdir(folder, { recursive: true })).toEqual(["kept"]);
});

test("a file created meanwhile is replaced on request only; otherwise none of the files gets its name", async () => {
  for (const replace of [false, true]) {
    await using files = new StagedFiles({ replace });
    await files.write(at("one"), bytes("1"));
    await files.write(at("two"), bytes("2"));
    await writeFile(at("two"), "precious");
    if (replace) {
      await files.commit();
      expect([await text("one"), await text("two")]).toEqual(["1", "2"]);
    } else {
      await expect(files.commit()).rejects.toMatchObject({
        code: "file",
        message: `${at("two")}: it already exists; overwrite it with --force or choose another --out`,
      });
      expect(await text("two")).toBe("precious");
      await files[Symbol.asyncDispose]();
      expect(await readdir(folder)).toEqual(["two"]);
      await rm(at("two"));
    }
  }
});

test("a dangling symbolic link counts as a taken name", async () => {
  await symlink(at("nowhere"), at("link"));
  await expect(writeFileAtomically(at("link"), bytes("1"), { replace: false })).rejects.toThrow(/already exists/);
  expect(await readdir(folder)).toEqual(["link"]);
});

test("a name as long as the system allows can be written", async () => {
  for (const name of ["n".repeat(255), "ä".repeat(127)]) {
    await writeFileAtomically(at(name), bytes("1"));
    expect(await text(name)).toBe("1");
  }
  await expect(writeFileAtomically(at("n".repeat(256)), bytes("1"))).rejects.toThrow(/the name is too long/);
});

test("a missing folder is reported, and created on request only", async () => {
  await expect(writeFileAtomically(at("no", "one"), bytes("1"))).rejects.toMatchObject({
    code: "file",
    message: `${at("no", "one")}: it could not be written: the folder does not exist; create it first`,
  });
  expect(await readdir(folder)).toEqual([]);
});

test("the next process removes files of a killed process, but no files of running ones", async () => {
  const [ended, running] = [`.a.${await markOfEnded()}.part`, partName("b")];
  const other = `.c.${(await markOfEnded()).replace(/@.*/, "@other-machine")}.part`;
  await mkdir(at("sub"));
  for (const name of [ended, running, other, ".mine.part"]) await writeFile(at("sub", name), "half");
  const old = `.d.${newMark().replace(/@.*/, "@other-machine")}.part`;
  await writeFile(at("sub", old), "half");
  await utimes(at("sub", old), new Date(0), new Date(0)); // longer than any process writes
  await writeFileAtomically(at("sub", "one"), bytes("1"));
  expect((await readdir(at("sub"))).sort()).toEqual([running, other, ".mine.part", "one"].sort());
});
