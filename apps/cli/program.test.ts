import { expect, test } from "vitest";
import * as z from "zod";
import { cancelled, UnblurError } from "../../src/base/errors.js";
import { defineCommand } from "./command.js";
import { EXIT } from "./exit-codes.js";
import { runProgram } from "./program.js";
import { UsageError } from "./usage-error.js";

const seen: unknown[] = [];

const paint = defineCommand({
  name: "paint",
  summary: "Paint pictures.",
  examples: ["brush sky.png --coats 2"],
  arguments: { files: z.array(z.string()).min(1).meta({ value: "FILE", description: "Pictures" }) },
  options: {
    coats: z.int().min(1).max(9).default(3).describe("How many coats"),
    gloss: z.number().positive().optional().describe("How shiny"),
    tool: z.enum(["roller", "brush"]).default("brush").describe("What with"),
    dryFirst: z.boolean().default(false).describe("Wait before"),
    clean: z.boolean().default(true).describe("Clean up"),
    tag: z.array(z.string()).default([]).describe("Words to remember"),
    to: z
      .string()
      .refine((name) => !name.includes(" "), "no spaces, please")
      .optional()
      .meta({ value: "DIR", short: "o", description: "Folder" }),
  },
  async run(given, io) {
    const typed: { files: string[]; coats: number; gloss?: number | undefined; tool: "roller" | "brush" } = given;
    seen.push(typed);
    io.print(given.files.join());
    return EXIT.done;
  },
});

const fail = defineCommand({
  name: "fail",
  summary: "Fail.",
  examples: [],
  options: { how: z.enum(["argument", "image", "cancelled", "stopped", "bug", "usage"]).describe("In which way") },
  async run({ how }) {
    if (how === "bug") throw new TypeError("oops");
    if (how === "usage") throw new UsageError("--how: not like that");
    if (how === "cancelled") throw cancelled();
    if (how === "stopped") {
      stop.abort("SIGINT");
      throw stop.signal.reason;
    }
    throw new UnblurError(how, `sky.png: ${how}`, { cause: new Error("deep down") });
  },
});

let stop = new AbortController();

async function run(...argv: string[]) {
  stop = new AbortController();
  const written = { out: "", err: "" };
  const code = await runProgram(
    {
      name: "brush",
      version: "1.2.3",
      summary: "Paints.",
      commands: { paint: async () => paint, fail: async () => fail },
    },
    argv,
    {
      stdout: { write: (text) => (written.out += text) },
      stderr: { write: (text) => (written.err += text) },
      signal: stop.signal,
    },
  );
  return { code, ...written };
}

test("options arrive typed, with their defaults; the first command needs no name", async () => {
  seen.length = 0;
  expect(await run("a.png", "b.png")).toEqual({ code: 0, out: "a.png,b.png\n", err: "" });
  await run("paint", "c.png", "--coats", "5", "--gloss=0.5", "--tool", "roller", "--dry-first", "--no-clean");
  await run("--tag", "x", "--tag", "y", "d.png", "-o", "wall");
  const defaults = { coats: 3, tool: "brush", dryFirst: false, clean: true, tag: [] };
  expect(seen).toEqual([
    { ...defaults, files: ["a.png", "b.png"] },
    { files: ["c.png"], coats: 5, gloss: 0.5, tool: "roller", dryFirst: true, clean: false, tag: [] },
    { ...defaults, files: ["d.png"], tag: ["x", "y"], to: "wall" },
  ]);
});

const USAGE: readonly (readonly [readonly string[], string])[] = [
  [["a.png", "--coats", "ten"], '--coats: expected an integer from 1 to 9, got "ten"'],
  [["a.png", "--coats", "2.5"], '--coats: expected an integer from 1 to 9, got "2.5"'],
  [["a.png", "--coats", ""], '--coats: expected an integer from 1 to 9, got ""'],
  [["a.png", "--coats", "10"], '--coats: expected an integer from 1 to 9, got "10"'],
  [["a.png", "--gloss", "-1"], '--gloss: expected a number above 0, got "-1"'],
  [["a.png", "--gloss", "Infinity"], '--gloss: expected a number above 0, got "Infinity"'],
  [["a.png", "--tool", "spoon"], '--tool: expected one of roller, brush, got "spoon"'],
  [["a.png", "--to", "my wall"], '--to: no spaces, please, got "my wall"'],
  [["fail"], "--how argument|image|cancelled|stopped|bug|usage is missing: In which way"],
  [["fail", "--how", "usage"], "--how: not like that"],
  [["fail", "more", "--how", "bug"], "too many arguments"],
  [["a.png", "--coast", "3"], "unknown option '--coast'; Did you mean --coats?"],
  [["a.png", "--coats"], "option '--coats <N>' argument missing"],
  [["paint"], "missing required argument 'FILE'"],
  [["pant", "a.png"], 'unknown command "pant"; did you mean "paint"?'],
  [[], "name a picture or a command"],
];

test.each(USAGE)("%j is refused with a precise message and exit code 2", async (argv, message) => {
  seen.length = 0;
  const { code, out, err } = await run(...argv);
  expect({ code, out, seen }).toEqual({ code: 2, out: "", seen: [] });
  expect(err).toContain(message);
  expect(err.trim().split("\n")).toHaveLength(2); // the message, and a reference to the help
});

test("errors are one line; a stack is printed on request only", async () => {
  expect(await run("fail", "--how", "image")).toEqual({ code: 1, out: "", err: "error: sky.png: image\n" });
  expect((await run("fail", "--how", "argument")).code).toBe(2);
  const bug = await run("fail", "--how", "bug");
  expect(bug).toEqual({ code: 1, out: "", err: "error: oops (this is a bug; --verbose prints the stack)\n" });
  const verbose = await run("fail", "--how", "image", "--verbose");
  expect(verbose.err).toMatch(/at .*program\.test\.ts/);
  expect(verbose.err).toContain("caused by Error: deep down");
});

test.each(["cancelled", "stopped"])(
  "a stop is no error, and does not name the function that it reached",
  async (how) => {
    expect(await run("fail", "--how", how)).toEqual({ code: 130, out: "", err: "stopped on request\n" });
  },
);

test("help and version go to stdout with exit code 0", async () => {
  expect(await run("--version")).toEqual({ code: 0, out: "1.2.3\n", err: "" });
  const general = await run("--help");
  expect(general).toMatchObject({ code: 0, err: "" });
  for (const text of ["Paint pictures.", "Fail.", "brush sky.png --coats 2", "130 stopped"])
    expect(general.out).toContain(text);
  const { out, code } = await run("paint", "--help");
  expect(code).toBe(0);
  for (const text of ["--coats <N>", "(default: 3)", "roller|brush", "-o, --to <DIR>", "--no-clean", "<FILE...>"])
    expect(out).toContain(text);
  expect((await run("fail", "--help")).out).toMatch(/--how .*In which way\s+\(required\)/s);
});

test("a file with a name similar to a command is a file", async () => {
  expect((await run("./pant")).code).toBe(0);
  expect((await run("pant.png")).code).toBe(0);
});
