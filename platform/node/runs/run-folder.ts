/**
 * @file Numbered folders of training runs: RUNS/00007-name/ with config.json (resolved), sessions.jsonl (time, machine
 * and command of each session), metrics.jsonl, checkpoints/ and samples/.
 */
import { existsSync } from "node:fs";
import { access, appendFile, mkdir, open, readdir, rename, rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import { UnblurError } from "../../../src/base/errors.js";
import { parseJson } from "../../../src/base/parse-json.js";
import type { Raster } from "../../../src/images/image.js";
import type { MetricsRecord, RunStore } from "../../../src/training/run-store.js";
import { syncFolder, writeFileAtomically } from "../files/atomic-file.js";
import { clearLeftovers, partName } from "../files/leftovers.js";
import { lockFolder } from "../files/process-lock.js";
import { readRegular, readRegularText } from "../files/read-regular.js";
import { writeImage } from "../photos/image-file.js";

const CONFIG = "config.json";
const METRICS = "metrics.jsonl";
const SESSIONS = "sessions.jsonl";
const CHECKPOINTS = "checkpoints";
const SAMPLES = "samples";
/** File that names the newest checkpoint, for people and other programs; resuming reads the files themselves. */
const LATEST = "latest";
const CHECKPOINT_NAME = /^step-\d+\.safetensors$/;
const RUN_NAME = /^(\d+)-/;

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const json = (value: unknown): Uint8Array => utf8(`${JSON.stringify(value, null, 2)}\n`);

async function inFolder<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof UnblurError) throw cause;
    throw new UnblurError("file", `${what} (${String(cause)}); check that the folder exists and may be written to`, {
      cause,
    });
  }
}

/**
 * The records of a JSON lines file, none if it is missing. The last line is dropped if the process ended while writing
 * it.
 */
async function readRecords(path: string): Promise<Readonly<Record<string, unknown>>[]> {
  const text = await readRegularText(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw new UnblurError("file", `${path}: it cannot be read (${String(error)})`, { cause: error });
  });
  return text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as Readonly<Record<string, unknown>>];
    } catch {
      return [];
    }
  });
}

/** True if the last record is incomplete because a process ended while writing it. */
async function endsTorn(path: string): Promise<boolean> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (!file) return false;
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
    return size > 0 && buffer[0] !== 0x0a;
  } finally {
    await file.close();
  }
}

/**
 * The lock for training in a run's folder, held by one process at a time. It is released when disposed, or when the
 * process ends in any way.
 */
export interface TrainingLock extends AsyncDisposable {
  readonly run: RunFolder;
}

/** A run's folder. Several processes may read it; one process, the holder of the lock, trains in it. */
export class RunFolder implements RunStore {
  private constructor(readonly path: string) {}

  get name(): string {
    return this.path;
  }

  /**
   * Creates the next numbered folder under `runs` (created if missing) with the config and further files by name,
   * atomically: a killed process leaves no part of a run.
   */
  static async create(
    runs: string,
    name: string,
    config: unknown,
    files: ReadonlyMap<string, Uint8Array> = new Map(),
  ): Promise<RunFolder> {
    return inFolder(`${runs}: no run folder could be created`, async () => {
      await mkdir(runs, { recursive: true });
      await clearLeftovers(runs);
      const temporary = partName(join(runs, name));
      try {
        for (const part of [CHECKPOINTS, SAMPLES]) await mkdir(join(temporary, part), { recursive: true });
        for (const [file, bytes] of [...files, [CONFIG, json(config)] as const])
          await writeFileAtomically(join(temporary, file), bytes);
        const path = await numbered(runs, name, temporary);
        await syncFolder(runs);
        return new RunFolder(path);
      } catch (error) {
        await rm(temporary, { recursive: true, force: true });
        throw error;
      }
    });
  }

  /** Opens the folder of an existing run. Throws `file` if it is not one. */
  static async open(path: string): Promise<RunFolder> {
    const run = new RunFolder(path);
    await run.readConfig();
    await inFolder(`${path}: not the complete folder of a run`, async () => {
      for (const part of [CHECKPOINTS, SAMPLES]) await mkdir(join(path, part), { recursive: true });
    });
    return run;
  }

  /** Returns whether `path` is a run's folder. */
  static async isRun(path: string): Promise<boolean> {
    return access(join(path, CONFIG)).then(
      () => true,
      () => false,
    );
  }

  /** Locks the folder for training. Throws `file` if another process has the lock. */
  async lock(): Promise<TrainingLock> {
    const lock = await lockFolder(this.path, "training", `${this.path}: it is being trained`);
    return { run: this, [Symbol.asyncDispose]: () => lock[Symbol.asyncDispose]() };
  }

  /** Removes the leftovers of a process that was killed while writing. Only for the holder of the lock. */
  async clearLeftovers(): Promise<void> {
    await inFolder(`${this.path}: it cannot be cleared of unfinished files`, async () => {
      for (const folder of [this.path, this.#checkpoint(""), join(this.path, SAMPLES)])
        for (const entry of await readdir(folder)) if (entry.endsWith(".part")) await unlink(join(folder, entry));
    });
  }

  /** The run's resolved config, not yet validated. */
  async readConfig(): Promise<unknown> {
    const path = join(this.path, CONFIG);
    try {
      return parseJson(await readRegularText(path));
    } catch (cause) {
      throw new UnblurError(
        "file",
        `${path}: the config of a run cannot be read (${String(cause)}); give the folder of a run, such as RUNS/00001-name`,
        { cause },
      );
    }
  }

  /** Records the time, machine and command of the current training session. */
  async appendSession(session: Readonly<Record<string, unknown>>): Promise<void> {
    const path = join(this.path, SESSIONS);
    const torn = await inFolder(`${path}: it cannot be read`, () => endsTorn(path));
    await this.#append(SESSIONS, session, torn ? "\n" : "");
  }

  /** The sessions recorded by `appendSession`, oldest first. */
  async sessions(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return readRecords(join(this.path, SESSIONS));
  }

  /** Reads another file of the run, by its name in the folder. */
  readFile(name: string): Promise<Uint8Array> {
    return inFolder(`${join(this.path, name)}: it cannot be read`, () => readRegular(join(this.path, name)));
  }

  async writeFile(name: string, bytes: Uint8Array): Promise<void> {
    await writeFileAtomically(join(this.path, name), bytes);
  }

  async checkpoints(): Promise<readonly string[]> {
    const entries = await inFolder(`${this.path}: its checkpoints cannot be listed`, () =>
      readdir(this.#checkpoint("")),
    );
    const stepOf = (name: string) => Number(/\d+/.exec(name)![0]);
    return entries.filter((name) => CHECKPOINT_NAME.test(name)).sort((a, b) => stepOf(b) - stepOf(a));
  }

  readCheckpoint(name: string): Promise<Uint8Array> {
    return inFolder(`${this.#checkpoint(name)}: it cannot be read`, () => readRegular(this.#checkpoint(name)));
  }

  async writeCheckpoint(step: number, parts: readonly Uint8Array[]): Promise<string> {
    const name = `step-${String(step).padStart(8, "0")}.safetensors`;
    await writeFileAtomically(this.#checkpoint(name), parts);
    return name;
  }

  async keepNewest(count: number): Promise<void> {
    const names = await this.checkpoints();
    if (names.length > 0) await writeFileAtomically(this.#checkpoint(LATEST), utf8(`${names[0]}\n`));
    for (const old of names.slice(count))
      await inFolder(`${this.#checkpoint(old)}: it cannot be removed`, () => unlink(this.#checkpoint(old)));
  }

  setAsideCheckpoint(name: string): Promise<void> {
    const path = this.#checkpoint(name);
    return inFolder(`${path}: it cannot be renamed`, () => rename(path, `${path}.damaged`));
  }

  appendMetrics(record: MetricsRecord): Promise<void> {
    return this.#append(METRICS, record);
  }

  /** Training time so far over all sessions, in milliseconds, as recorded by the last step. */
  async trainingMs(): Promise<number> {
    const last = (await readRecords(join(this.path, METRICS))).at(-1)?.elapsedMs;
    return typeof last === "number" ? last : 0;
  }

  async truncateMetrics(step: number): Promise<void> {
    const path = join(this.path, METRICS);
    const kept = (await readRecords(path)).filter((record) => (record as MetricsRecord).step <= step);
    await writeFileAtomically(path, utf8(kept.map((record) => `${JSON.stringify(record)}\n`).join("")));
  }

  async writeSample(name: string, picture: Raster): Promise<void> {
    await writeImage(join(this.path, SAMPLES, `${name}.png`), { raster: picture, format: "png", metadata: {} });
  }

  #checkpoint(name: string): string {
    return join(this.path, CHECKPOINTS, name);
  }

  #append(file: string, record: unknown, before = ""): Promise<void> {
    const path = join(this.path, file);
    return inFolder(`${path}: it cannot be written`, () => appendFile(path, `${before}${JSON.stringify(record)}\n`));
  }
}

/** Renames a filled folder to the next number under `runs`; returns its path. */
async function numbered(runs: string, name: string, folder: string): Promise<string> {
  for (;;) {
    const numbers = (await readdir(runs)).map((entry) => Number(RUN_NAME.exec(entry)?.[1] ?? 0));
    const path = join(runs, `${String(Math.max(0, ...numbers) + 1).padStart(5, "0")}-${name}`);
    try {
      await rename(folder, path);
      return path;
    } catch (error) {
      if (!existsSync(path)) throw error; // otherwise another process took the number meanwhile
    }
  }
}
