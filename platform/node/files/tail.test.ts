import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Tail } from "./tail.js";

test("lines are read as they are completed, and from the start again if the file is replaced", async () => {
  const folder = mkdtempSync(join(tmpdir(), "unblur-tail-"));
  const path = join(folder, "lines");
  const tail = new Tail(path);
  let seen: string[] = [];
  const read = async () => {
    const came = await tail.read(
      () => seen.push("restart"),
      (line) => seen.push(line),
    );
    const lines = seen;
    seen = [];
    return [came, ...lines];
  };
  expect(await read()).toEqual([false]);
  writeFileSync(path, "one\ntw");
  expect(await read()).toEqual([true, "one"]);
  appendFileSync(path, "o ä"); // half a line, and half of a two-byte character
  appendFileSync(path, Buffer.from("ö").subarray(0, 1));
  expect(await read()).toEqual([true]);
  appendFileSync(path, Buffer.concat([Buffer.from("ö").subarray(1), Buffer.from("\nthree\n")]));
  expect(await read()).toEqual([true, "two äö", "three"]);
  expect(await read()).toEqual([false]);
  writeFileSync(`${path}.new`, "four\nfive and more than there was before, by far\n");
  renameSync(`${path}.new`, path);
  expect(await read()).toEqual([true, "restart", "four", "five and more than there was before, by far"]);
  writeFileSync(path, "six\n");
  expect(await read()).toEqual([true, "restart", "six"]);
  rmSync(path);
  expect(await read()).toEqual([true, "restart"]);
  const many = Array.from({ length: 200_000 }, (_, i) => `line ${i}`);
  writeFileSync(path, `${many.join("\n")}\n`);
  expect(await read()).toEqual([true, ...many]);
  rmSync(folder, { recursive: true });
});
