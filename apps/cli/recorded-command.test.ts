import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { shellWords } from "../../test/shell-words.js";
import { defineCommand } from "./command.js";
import { EXIT } from "./exit-codes.js";
import { runProgram } from "./program.js";
import { quoteForShell } from "./recorded-command.js";

const HOSTILE = [
  "c $(touch owned).jpg",
  "`touch owned`",
  "it's.png",
  'a "b" c',
  "a;touch owned",
  "a\nb",
  "-x.jpg",
  "--force",
  "*",
  "~",
  "!!",
  "ä €",
  "\\",
  "$HOME",
  "a&&b",
  "#c",
  "=x",
  "",
];

/** The words of a command line as the shell splits it, run in an empty folder, which must stay empty. */
function wordsOf(line: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), "unblur-quote-"));
  try {
    const words = shellWords(line, folder);
    expect(readdirSync(folder)).toEqual([]);
    return words;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test.each(HOSTILE)("%j is one word to a shell, and no part of it is executed", (word) => {
  expect(wordsOf(quoteForShell(word))).toEqual([word]);
});

const seen: unknown[] = [];
const paint = defineCommand({
  name: "paint",
  summary: "Paint.",
  examples: ["brush sky.png"],
  arguments: { files: z.array(z.string()).min(1).meta({ value: "FILE" }) },
  options: {
    coats: z.int().min(-9).default(3),
    gloss: z.number().optional(),
    dryFirst: z.boolean().default(false),
    clean: z.boolean().default(true),
    tag: z.array(z.string()).default(["plain"]),
    to: z.string().optional().meta({ value: "DIR", short: "o" }),
  },
  async run(given, io, recorded) {
    seen.push(given);
    io.print(recorded());
    return EXIT.done;
  },
});

async function run(argv: readonly string[]): Promise<string> {
  let out = "";
  const program = { name: "brush", version: "1", summary: "", commands: { paint: async () => paint } };
  const stdout = { write: (text: string) => (out += text) };
  const code = await runProgram(program, argv, {
    stdout,
    stderr: stdout,
    signal: new AbortController().signal,
  });
  expect([code, out]).toEqual([EXIT.done, expect.any(String)]);
  return out.slice(0, -1);
}

test("the command omits defaults and contains all other values", async () => {
  expect(await run(["paint", "a.png", "--coats", "3", "--tag", "plain"])).toBe("brush paint a.png");
  expect(await run(["paint", "a.png", "--no-clean", "--dry-first", "--gloss", "0.5", "-o", "x", "--tag", "b"])).toBe(
    "brush paint a.png --gloss 0.5 --dry-first --no-clean --tag b --to x",
  );
});

test.each([
  [["paint", ...HOSTILE.filter((word) => !word.startsWith("-")), "--to", "it's", "--tag", "$(x)", "--tag", "b c"]],
  [["paint", "--coats=-2", "--to=-dir", "--", "-x.jpg", "--force"]],
])("the command reproduces the same values through a shell: %j", async (argv) => {
  const line = await run(argv);
  const [program, ...words] = wordsOf(line);
  expect(program).toBe("brush");
  expect(await run(words)).toBe(line);
  const [before, after] = seen.slice(-2);
  expect(after).toEqual(before);
});
