/** @file A store with photos, a small model with a name, a Redis, and programs that work with them. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import sharp from "sharp";
import { builtProgram } from "../built.js";
import { writeIdentityModel } from "../identity-model.js";
import { RedisServer } from "./redis-server.js";

const EXAMPLE = join(import.meta.dirname, "../../examples/friends-blurry.jpg");
/** The model's name. It changes a photo by a constant, so that a result is not a copy. */
export const MODEL = "tiny";

export interface Started {
  readonly child: ChildProcess;
  /** Standard output and error so far. */
  readonly said: { out: string; err: string };
  readonly exit: Promise<number | null>;
}

export interface Workplace extends AsyncDisposable {
  readonly redis: RedisServer;
  readonly folder: string;
  readonly store: string;
  /** Starts the program, with the model's home and without what the tests' own environment says of queues. */
  start(words: readonly string[], environment?: NodeJS.ProcessEnv): Started;
  worker(...words: string[]): Started;
  /** Hands out `photos/` of the store to `out/`. */
  handOut(...words: string[]): Started;
}

export async function openWorkplace({ home = true, redis: words = [] as readonly string[] } = {}): Promise<Workplace> {
  const folder = mkdtempSync(join(tmpdir(), "unblur-queue-"));
  const store = join(folder, "store");
  mkdirSync(join(store, "photos"), { recursive: true });
  if (home) await writeIdentityModel(join(folder, "home/models", MODEL), 8, 0.05);
  const redis = await RedisServer.start(...words);
  const children: ChildProcess[] = [];
  const start = (line: readonly string[], environment: NodeJS.ProcessEnv = {}): Started => {
    const child = spawn(process.execPath, [builtProgram(), ...line], {
      env: { ...process.env, UNBLUR_HOME: join(folder, "home"), ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.push(child);
    const said = { out: "", err: "" };
    child.stdout!.on("data", (text) => (said.out += String(text)));
    child.stderr!.on("data", (text) => (said.err += String(text)));
    // The output may arrive after the end. A process of a killed worker may hold it open.
    const closed = once(child, "close");
    const exit = once(child, "exit").then(async ([code]) => {
      await Promise.race([closed, pause(1000)]);
      return code as number | null;
    });
    return { child, said, exit };
  };
  const queued = ["--queue", redis.url, "--store", store];
  return {
    ...{ redis, folder, store, start },
    worker: (...line) => start(["worker", ...queued, "--threads", "1", ...line]),
    handOut: (...line) => {
      const what = [join(store, "photos"), "--out", join(store, "out"), "--model", MODEL, "--restore-sharp"];
      return start(["deblur", ...what, ...queued, ...line]);
    },
    async [Symbol.asyncDispose]() {
      for (const child of children) child.kill("SIGKILL");
      await redis[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Different parts of the example photo, in nested folders, in several formats. */
export async function writePhotos(folder: string, count: number, [width, height] = [96, 72]): Promise<void> {
  const endings = ["jpg", "png", "webp"] as const;
  for (let k = 0; k < count; k++) {
    const path = join(folder, k % 4 === 0 ? "." : `album-${k % 4}`, `photo-${k}.${endings[k % 3]}`);
    mkdirSync(dirname(path), { recursive: true });
    await sharp(EXAMPLE)
      .extract({ left: (k * 7) % 300, top: 200 + ((k * 11) % 200), width: width!, height: height! })
      .toFile(path);
  }
}

/** Content by path below the folder. Records and what a killed process left are not among them. */
export function filesBelow(folder: string): Map<string, Buffer> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (name) => !name.split("/").some((part) => part.startsWith(".")) && /\.\w+$/.test(name),
  );
  return new Map(names.sort().map((name) => [name, readFileSync(join(folder, name))]));
}

/** Waits until it is so. */
export async function until(isSo: () => boolean | Promise<boolean>, what: string, seconds = 120): Promise<void> {
  for (let tries = 0; tries < seconds * 20; tries++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`expected within ${seconds} s: ${what}`);
}
