/**
 * @file The documents: every link to a file and heading of this project leads somewhere, and every decision is listed
 * under a number of its own.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "../apps/cli/catalog.js";
import { flagOf } from "../apps/cli/field.js";

const ROOT = join(import.meta.dirname, "..");
/** Folders that git ignores; a package in one of them has documents of its own. */
const IGNORED = new Set(["node_modules", "dist", "dist-web", "dist-watch", "runs", "coverage"]);

const documents = readdirSync(ROOT, { withFileTypes: true }).flatMap((entry) => {
  if (entry.isFile()) return entry.name.endsWith(".md") ? [entry.name] : [];
  if (IGNORED.has(entry.name) || entry.name.startsWith(".")) return [];
  const inside = readdirSync(join(ROOT, entry.name), { recursive: true, encoding: "utf8" });
  return inside.filter((name) => name.endsWith(".md")).map((name) => join(entry.name, name));
});

/** The lines of a document outside its code blocks. */
const prose = (path: string): string[] => {
  const parts = readFileSync(path, "utf8").split(/^```.*$/m);
  return parts.filter((_, index) => index % 2 === 0).flatMap((part) => part.split("\n"));
};

/** Anchors as GitHub derives them from headings, numbered where a heading comes again, and those that are written. */
function anchors(path: string): string[] {
  const lines = prose(path);
  const times = new Map<string, number>();
  const headings = lines
    .filter((line) => /^#+ /.test(line))
    .map((line) => {
      const text = line.replace(/^#+ /, "").toLowerCase();
      const anchor = text.replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
      const before = times.get(anchor) ?? 0;
      times.set(anchor, before + 1);
      return before === 0 ? anchor : `${anchor}-${before}`;
    });
  return [...headings, ...lines.flatMap((line) => [...line.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id!))];
}

function leadsSomewhere(document: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? document : resolve(dirname(document), path);
  if (!existsSync(target)) return false;
  return anchor === undefined || !target.endsWith(".md") || anchors(target).includes(anchor);
}

test("there are documents", () => {
  expect(documents).toEqual(expect.arrayContaining(["README.md", join("docs", "models.md")]));
});

test.each(documents)("the links of %s lead somewhere, and no merge conflict is left in it", (name) => {
  const document = join(ROOT, name);
  const text = prose(document).join("\n");
  const links = [...text.matchAll(/\]\(([^)\s]+)\)|\bsrc="([^"]+)"/g)].map((found) => found[1] ?? found[2]!);
  expect(links.filter((link) => !/^[a-z]+:/.test(link) && !leadsSomewhere(document, link))).toEqual([]);
  expect(text).not.toMatch(/^(<{7}|={7}|>{7})( |$)/m);
});

/** The command lines of a document's code, without their comments: `npx unblur-photo ...` and `unblur ...`. */
const commandLines = (path: string): string[] => {
  const joined = readFileSync(path, "utf8").replaceAll(/\\\n\s*/g, " ");
  const lines = joined
    .split("\n")
    .flatMap((line) => [line.trim(), ...[...line.matchAll(/`([^`]+)`/g)].map(([, code]) => code!)]);
  return lines.filter((line) => /^(npx )?unblur(-photo)? /.test(line)).map((line) => line.split(/ +#/)[0]!);
};

/** The names of each command's options, "--out". */
const OPTIONS = new Map<string, ReadonlySet<string>>();
for (const [command, load] of Object.entries(COMMANDS)) {
  const own = Object.entries((await load()).options).map(([name, schema]) => flagOf(name, schema).name);
  const plain = own.map((name) => name.replace("--no-", "--"));
  OPTIONS.set(command, new Set([...own, ...plain, "--help", "--verbose", "--version"]));
}

/** Parts of a command line that the program does not know. */
function unknownIn(line: string): string[] {
  const words = line.replace(/^(npx )?unblur(-photo)? /, "").split(/\s+/);
  const known = OPTIONS.get(words[0]!) ?? OPTIONS.get("deblur")!;
  return words.filter((word) => /^--[a-z]/.test(word) && !known.has(word.split("=")[0]!));
}

test.each(documents)("the options of the command lines in %s exist", (name) => {
  const wrong = commandLines(join(ROOT, name)).flatMap((line) => unknownIn(line).map((option) => `${option}: ${line}`));
  expect(wrong).toEqual([]);
});

describe("decisions", () => {
  const FOLDER = join(ROOT, "docs/decisions");
  const pages = readdirSync(FOLDER).filter((name) => /^\d{4}-/.test(name));
  const numbers = pages.map((name) => name.slice(0, 4));

  test("have a number each", () => {
    expect(numbers.filter((number, index) => numbers.indexOf(number) !== index)).toEqual([]);
  });

  test("are rows of the table, in order", () => {
    const rows = readFileSync(join(FOLDER, "README.md"), "utf8").matchAll(/^\| \[(\d{4})\]\((.+?)\) \|/gm);
    expect([...rows].map(([, number, page]) => [number, page])).toEqual(pages.map((page, i) => [numbers[i], page]));
  });

  test.each(pages)("%s has its number in its title, and fits on a screen", (page) => {
    const text = readFileSync(join(FOLDER, page), "utf8");
    expect(text).toMatch(new RegExp(`^# ${page.slice(0, 4)}: \\S`));
    expect(text.split("\n").length).toBeLessThanOrEqual(65);
  });
});
