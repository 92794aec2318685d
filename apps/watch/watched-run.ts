/** @file Reads a run's folder without creating or changing anything in it. */
import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { readRegularText } from "../../platform/node/files/read-regular.js";
import { Tail } from "../../platform/node/files/tail.js";
import { RunFolder } from "../../platform/node/runs/run-folder.js";
import { UnblurError } from "../../src/base/errors.js";
import { parseJson } from "../../src/base/parse-json.js";
import type { RunFacts, RunState, SamplePicture } from "./contract.js";
import { WatchedMetrics } from "./watched-metrics.js";

/** Age of the log, if it also exceeds several steps, from which a run counts as stopped. */
const QUIET_MS = 120_000;
const QUIET_STEPS = 5;

const SAMPLE = /^step-(\d+)(.*)\.png$/;

export class WatchedRun {
  readonly metrics = new WatchedMetrics();
  readonly #log: Tail;
  #writtenAt = 0;
  #samples: readonly string[] = [];
  #sessions = "";

  private constructor(
    readonly path: string,
    private readonly config: unknown,
  ) {
    this.#log = new Tail(join(path, "metrics.jsonl"));
  }

  get name(): string {
    return basename(resolve(this.path));
  }

  static async open(path: string): Promise<WatchedRun> {
    const config = join(path, "config.json");
    try {
      return new WatchedRun(path, parseJson(await readRegularText(config)));
    } catch (cause) {
      throw new UnblurError("file", `${config}: expected the config of a run as JSON, got ${String(cause)}`, { cause });
    }
  }

  /** Reads new data and returns whether there was any. */
  async update(): Promise<boolean> {
    const grew = await this.#log.read(
      () => this.metrics.clear(),
      (line) => this.metrics.add(line),
    );
    if (grew) this.#writtenAt = (await stat(this.#log.path).catch(() => null))?.mtimeMs ?? 0;
    const samples = (await readdir(join(this.path, "samples")).catch(() => []))
      .filter((name) => SAMPLE.test(name))
      .sort();
    const sessions = await readRegularText(join(this.path, "sessions.jsonl")).catch(() => "");
    const changed = grew || samples.length !== this.#samples.length || sessions !== this.#sessions;
    [this.#samples, this.#sessions] = [samples, sessions];
    return changed;
  }

  /** Throws `file` if the run has no such picture. */
  samplePath(name: string): string {
    if (!this.#samples.includes(name))
      throw new UnblurError("file", `${this.name}: no sample picture ${JSON.stringify(name)}`);
    return join(this.path, "samples", name);
  }

  /** `url` returns the address of a sample picture. */
  facts(url: (picture: string) => string): RunFacts {
    const { metrics, config } = this;
    const steps = (config as { steps?: unknown } | null)?.steps;
    const total = typeof steps === "number" ? steps : null;
    const step = metrics.last("step") ?? 0;
    const pace = metrics.pace;
    const quietMs = Math.max(QUIET_MS, QUIET_STEPS * (pace?.msPerStep ?? 0));
    const training = Date.now() - this.#writtenAt < quietMs;
    const state: RunState = total !== null && step >= total ? "finished" : training ? "training" : "stopped";
    return {
      ...{ name: this.name, state, step, steps: total, config },
      imagesSeen: metrics.last("imagesSeen") ?? 0,
      elapsedMs: metrics.last("elapsedMs") ?? 0,
      msLeft: state === "training" && pace && total !== null ? pace.msPerStep * (total - step) : null,
      imagesPerSecond: pace && Math.round(100 * pace.imagesPerSecond) / 100,
      loss: metrics.recent("loss"),
      metrics: metrics.names,
      samples: this.#samples.map((name): SamplePicture => {
        const [, digits, rest] = SAMPLE.exec(name)!;
        return { step: Number(digits), name: rest ?? "", url: url(name) };
      }),
      sessions: this.#sessions.split("\n").flatMap((line) => {
        try {
          return [JSON.parse(line) as Readonly<Record<string, unknown>>];
        } catch {
          return [];
        }
      }),
    };
  }
}

/**
 * The run in this folder, or all runs below it, newest first, except those whose folder name `skip` knows already. Of
 * several runs, one that cannot be read is reported and skipped. Throws `file` if there is no run, or if the only one
 * cannot be read.
 */
export async function findRuns(
  path: string,
  onProblem: (problem: string) => void,
  skip: (name: string) => boolean = () => false,
): Promise<WatchedRun[]> {
  const names = await readdir(path).catch((cause: NodeJS.ErrnoException) => {
    const known = { ENOENT: "there is no such folder", ENOTDIR: "is not a folder" } as Record<string, string>;
    const why = known[cause.code ?? ""] ?? String(cause);
    throw new UnblurError("file", `${path}: ${why}; give the folder of a run, or one that contains runs`, { cause });
  });
  const own = await RunFolder.isRun(path);
  const candidates = own
    ? [path]
    : names
        .sort()
        .reverse()
        .map((name) => join(path, name));
  const runs: WatchedRun[] = [];
  let known = 0;
  for (const folder of candidates) {
    if (skip(basename(resolve(folder)))) known += 1;
    else if (own) runs.push(await WatchedRun.open(folder));
    else if (await RunFolder.isRun(folder)) {
      known += 1;
      await WatchedRun.open(folder).then(
        (run) => runs.push(run),
        (error: Error) => onProblem(error.message),
      );
    }
  }
  if (runs.length + known === 0)
    throw new UnblurError(
      "file",
      `${path}: it contains no run; expected a config.json as \`unblur train\` writes it, here or in the folders below`,
    );
  return runs;
}
