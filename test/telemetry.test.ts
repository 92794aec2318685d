/**
 * @file "Nothing is uploaded": what is built leaves no file outside its outputs and asks for no other host. The runtime
 * it uses has telemetry on by default, off where CI is set, and leaves a device id and a queue of events even where
 * there is no network. Needs the built `dist/`, and strace for the system calls.
 */
import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { builtProgram } from "./built.js";
import { lacks, needed } from "./machine.js";
import { pngPart } from "./server/running-service.js";
import { writeWavePairs } from "./training/wave-pairs.js";

const ROOT = join(import.meta.dirname, "..");
const CLI = builtProgram();
const LIBRARY = join(ROOT, "dist/platform/node/index.js");
const TIMEOUT = 120_000;
/** Unasked, the runtime looks for its host some 5 s after a session is opened. */
const HOLD_SECONDS = 9;

/** Variables that lead a program to a folder of its user. */
const FOLDERS = ["HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"] as const;

let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);
/** Nothing of this process's environment: not its telemetry variable, and not that it runs in CI. */
const environment = (): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  ...Object.fromEntries(FOLDERS.map((name) => [name, at(name)])),
});
const left = (): string[] =>
  FOLDERS.flatMap((name) => readdirSync(at(name), { recursive: true }).map((file) => `${name}/${file}`)).sort();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "unblur-telemetry-"));
  for (const name of FOLDERS) mkdirSync(at(name));
  writeFileSync(at("photo.png"), Buffer.from(await (await pngPart(64, 48)).arrayBuffer()));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const node = (...args: string[]) => promisify(execFile)(process.execPath, args, { cwd: folder, env: environment() });

const HOLD = `
  import { open } from ${JSON.stringify(LIBRARY)};
  const model = await open("default", { threads: 1 });
  const { raster } = await model.restore("photo.png", { steps: 1, restoreSharp: true });
  console.log(raster.width);
  await new Promise((resolve) => setTimeout(resolve, 1000 * Number(process.argv[2])));
  await model.release();
`;

test("the command line", { timeout: TIMEOUT }, async () => {
  await node(CLI, "photo.png", "--restore-sharp", "--steps", "1", "--threads", "1");
  expect(readdirSync(folder)).toContain("photo.unblurred.png");
  expect(left()).toEqual([]);
});

test("the library", { timeout: TIMEOUT }, async () => {
  writeFileSync(at("hold.mjs"), HOLD);
  expect((await node("hold.mjs", "0")).stdout).toBe("64\n");
  expect(left()).toEqual([]);
});

test("the library in a thread: refused where the switch cannot work, quiet where it was loaded before", {
  timeout: TIMEOUT,
}, async () => {
  const thread = `
    import { Worker, isMainThread } from "node:worker_threads";
    if (isMainThread) {
      if (process.argv[2] === "before") await import(${JSON.stringify(LIBRARY)});
      new Worker(new URL(import.meta.url));
    } else {
      const { open } = await import(${JSON.stringify(LIBRARY)});
      const model = await open("default", { threads: 1 }).catch(({ code, message }) => console.log(code, message));
      await model?.release();
    }
  `;
  writeFileSync(at("thread.mjs"), thread);
  expect((await node("thread.mjs")).stdout).toMatch(
    process.platform === "win32" ? /^$/ : /^device .*set ORT_DISABLE_TELEMETRY=1 for the process\n$/,
  );
  expect((await node("thread.mjs", "before")).stdout).toBe("");
  expect(left()).toEqual([]);
});

test("the service and its processes", { timeout: TIMEOUT }, async () => {
  const service = spawn(process.execPath, [CLI, "serve", "--port", "0", "--threads", "1", "--log-level", "silent"], {
    ...{ cwd: folder, env: environment() },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise((resolve) => service.once("exit", resolve));
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let said = "";
      ended.then((code) => reject(new Error(`ended with ${code}: ${said}`)));
      service.stderr.on("data", (chunk) => {
        said += String(chunk);
        const found = /http:\/\/[\d.]+:\d+/.exec(said);
        if (found) resolve(found[0]);
      });
    });
    const answer = await fetch(`${url}/v1/restore?restoreSharp=true&steps=1`, {
      method: "POST",
      headers: { "content-type": "image/png" },
      body: new Uint8Array(readFileSync(at("photo.png"))),
    });
    expect([answer.status, (await answer.arrayBuffer()).byteLength > 1000]).toEqual([200, true]);
  } finally {
    service.kill("SIGTERM");
    await ended;
  }
  expect(left()).toEqual([]);
});

test("training, its threads, and a restoration with what it trained", { timeout: TIMEOUT }, async () => {
  await writeWavePairs(at("data"), 4);
  writeFileSync(
    at("config.json"),
    JSON.stringify({
      name: "waves",
      model: { predictor: { network: { architecture: "residual-unet", inChannels: 3, widths: [8], blocks: [1] } } },
      objective: { kind: "predictor" },
      data: { sources: [{ layout: "pairs", path: "." }], patchPx: 16 },
      batchSize: 2,
      steps: 3,
      optimiser: { kind: "adam" },
      learningRate: { peak: 1e-3 },
    }),
  );
  await node(CLI, "train", "--config", "config.json", "--data", "data", "--out", "runs", "--threads", "1");
  await node(CLI, "photo.png", "--model", "runs/00001-waves", "--restore-sharp", "--threads", "1");
  // The cache of decoded pictures is the training's own; --cache names another folder.
  expect(left().filter((file) => !file.startsWith("XDG_CACHE_HOME/unblur"))).toEqual([]);
});

test.skipIf(lacks("strace"))("no connection, no question for a host", { timeout: TIMEOUT }, async () => {
  writeFileSync(at("hold.mjs"), HOLD);
  /** Nothing leaves this machine: every such call fails. */
  const refused = ["-e", "trace=connect,sendto,sendmsg", "-e", "inject=connect,sendto,sendmsg:error=ENETUNREACH"];
  const trace = async (telemetry: NodeJS.ProcessEnv): Promise<string> => {
    const hold = [process.execPath, "hold.mjs", String(HOLD_SECONDS)];
    const env = { ...environment(), ...telemetry };
    await promisify(execFile)(needed("strace"), ["-f", ...refused, "-o", at("calls.txt"), ...hold], {
      cwd: folder,
      env,
    });
    return readFileSync(at("calls.txt"), "utf8");
  };
  const calls = /^.*\b(connect|sendto|sendmsg)\(.*$/m;
  expect(await trace({})).not.toMatch(calls);
  expect(left()).toEqual([]);
  // The user's own value stays; and this is what all tests here would see if the runtime stopped heeding the variable.
  expect(await trace({ ORT_DISABLE_TELEMETRY: "0" })).toMatch(calls);
  expect(left().join()).toContain("XDG_CACHE_HOME/Microsoft");
});
