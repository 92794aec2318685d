/**
 * @file Trials with files and their surroundings, each with the expected end of the command and the expected remaining
 * files.
 */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Rng } from "../../src/base/random.js";
import { type NEEDS, needed } from "../machine.js";
import { contentsOf, difference, leftoversBelow } from "./contents.js";
import { commandLine, type Ended, runNode, type Surroundings } from "./program.js";
import { endedWith, namesIn, PHOTOS, stepsOf, type Workshop } from "./workshop.js";

export interface FileTrial {
  readonly needs?: keyof typeof NEEDS;
  /** Returns the fault, or null. `folder` is empty. */
  run(workshop: Workshop, folder: string, rng: Rng): Promise<string | null>;
}

/** The first that is wrong. */
const first = (...wrong: readonly (string | null)[]): string | null => wrong.find((one) => one !== null) ?? null;
const check = (holds: boolean, otherwise: string): string | null => (holds ? null : otherwise);

const pick = (restored: Readonly<Record<string, string>>, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, restored[name]!]));

/** Every file of `out` is the whole result of a photo, and nothing temporary is left. */
function wholeOnly(out: string, { restored }: Workshop): string | null {
  if (!existsSync(out)) return null;
  const got = contentsOf(out);
  const left = leftoversBelow(out);
  return first(
    check(left.length === 0, `left behind: ${left.join(", ")}`),
    difference(got, pick(restored, Object.keys(got))),
  );
}

/**
 * Runs with a disk of its own at `disk`, of so many kB or read-only. What was on it at the end is in the file
 * `disk`.after, a path a line.
 */
function onDisk(
  args: readonly string[],
  disk: string,
  options: string,
  surroundings: Surroundings = {},
): Promise<Ended> {
  mkdirSync(disk, { recursive: true });
  const script = `mount -t tmpfs -o ${options} tmpfs "$0" && "$@"; code=$?; find "$0" -mindepth 1 > "$0.after"; exit $code`;
  return runNode(args, { ...surroundings, under: [...needed("mounts").split(" "), "sh", "-c", script, disk] });
}
const leftOn = (disk: string): string | null => {
  const names = readFileSync(`${disk}.after`, "utf8").trim();
  return check(names === "", `left on the disk: ${names}`);
};

/** Waits until `ready`, or for a minute. */
async function until(ready: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !ready() && Date.now() < end; ) await sleep(20);
}

/** What a stopped command says: one picture, or a batch. */
const STOPPED = /^stopped( on request$| with \d+ of \d+ done and complete; the same command )/m;

/** Runs a batch and sends signals when the first photo is done. */
async function stopped(workshop: Workshop, folder: string, signals: readonly NodeJS.Signals[]): Promise<string | null> {
  const out = join(folder, "out");
  const ended = await runNode(workshop.restore(PHOTOS, `${out}/`), {
    started(child) {
      child.stdout!.once("data", async () => {
        for (const signal of signals) {
          child.kill(signal);
          await sleep(1); // two at the same time would be one
        }
      });
    },
  });
  const printed = ended.out.trim().split("\n");
  return first(
    // All may have been done before the signal came. Node listens no more while it ends: a signal then ends it a moment
    // earlier.
    ended.code === 0 || (ended.signal === signals[1] && STOPPED.test(ended.err))
      ? null
      : endedWith(ended, 130, STOPPED),
    check(
      printed.every((path) => existsSync(path)),
      `printed ${printed.join(" ")}, of which some are missing`,
    ),
    wholeOnly(out, workshop),
  );
}

const TRIALS = {
  "a disk that fills up between several samples": {
    needs: "mounts",
    async run(workshop, folder, rng) {
      const disk = join(folder, "disk");
      const diffusion = ["--model", "fast", "--steps", "1", "--samples", "3"];
      const args = workshop.restore(["a.png"], join(disk, "a.png"), ...diffusion);
      const ended = await onDisk(args, disk, `size=${4 * (1 + rng.integer(60))}k`);
      return first(endedWith(ended, 1, /disk is full; free some space$/), leftOn(disk));
    },
  },
  "a disk that may only be read": {
    needs: "mounts",
    async run(workshop, folder) {
      const disk = join(folder, "disk");
      const ended = await onDisk(workshop.restore(["a.png"], join(disk, "a.png")), disk, "ro");
      return first(endedWith(ended, 1, /is on a read-only disk; choose another folder$/), leftOn(disk));
    },
  },
  "a model that does not fit on the disk it is imported to": {
    needs: "mounts",
    async run(workshop, folder, rng) {
      const disk = join(folder, "disk");
      const args = commandLine("import", workshop.checkpoint, "--as", "mine");
      const ended = await onDisk(args, disk, `size=${4 * (1 + rng.integer(6))}k`, { env: { UNBLUR_HOME: disk } });
      return first(
        endedWith(ended, 1, /disk is full; free some space$/),
        check(!readFileSync(`${disk}.after`, "utf8").includes("mine"), "a part of the model is left"),
      );
    },
  },
  "an input that vanishes while others are restored": {
    async run(workshop, folder) {
      const [photos, out] = [join(folder, "photos"), join(folder, "out")];
      mkdirSync(photos);
      for (const name of PHOTOS) writeFileSync(join(photos, name), readFileSync(join(workshop.photos, name)));
      const args = commandLine(
        ...PHOTOS.map((name) => join(photos, name)),
        ...["--out", `${out}/`, "--model", workshop.model, "--threads", "1", "--restore-sharp"],
      );
      const ended = await runNode(args, {
        started: (child) => child.stdout!.once("data", () => rmSync(join(photos, "d.png"))),
      });
      return first(
        // All may have been read before.
        ended.code === 0 ? null : endedWith(ended, 1, /d\.png: there is no such file; check the path$/),
        difference(contentsOf(out), pick(workshop.restored, PHOTOS.slice(0, ended.code === 0 ? 4 : 3))),
        wholeOnly(out, workshop),
      );
    },
  },
  "two processes with one output": {
    async run(workshop, folder) {
      const args = workshop.restore(["a.png"], join(folder, "out", "a.png"));
      const both = await Promise.all([runNode(args), runNode(args)]);
      const winners = both.filter(({ code }) => code === 0);
      const loser = both.find(({ code }) => code !== 0);
      return first(
        check(winners.length === 1, `${winners.length} of two wrote it`),
        loser ? endedWith(loser, 1, /a\.png: it already exists; overwrite it with --force/) : null,
        difference(contentsOf(join(folder, "out")), pick(workshop.restored, ["a.png"])),
        wholeOnly(join(folder, "out"), workshop),
      );
    },
  },
  "an output that appears at the last moment": {
    needs: "strace",
    async run(workshop, folder) {
      const slowly = ["-f", "--seccomp-bpf", "-qqq", "-o", "/dev/null", "-e", "trace=?link,?linkat"];
      const ended = runNode(workshop.restore(["a.png"], join(folder, "a.png")), {
        under: [needed("strace"), ...slowly, "-e", "inject=?link,?linkat:delay_enter=3000000"],
      });
      await until(() => readdirSync(folder).length > 0);
      writeFileSync(join(folder, "a.png"), "precious");
      return first(
        endedWith(await ended, 1, /a\.png: it already exists; overwrite it with --force/),
        check(readFileSync(join(folder, "a.png"), "utf8") === "precious", "it was replaced"),
        check(namesIn(folder) === "a.png", `the folder holds ${namesIn(folder)}`),
      );
    },
  },
  "a file system without hard links": {
    needs: "strace",
    async run(workshop, folder) {
      const without = ["-f", "--seccomp-bpf", "-qqq", "-o", "/dev/null", "-e", "trace=?link,?linkat"];
      const under = [needed("strace"), ...without, "-e", "inject=?link,?linkat:error=EPERM"];
      const out = join(folder, "out");
      const done = await runNode(workshop.restore(["a.png"], join(out, "a.png")), { under });
      return first(
        endedWith(done, 0, null),
        difference(contentsOf(out), pick(workshop.restored, ["a.png"])),
        wholeOnly(out, workshop),
      );
    },
  },
  "an output that is a link to nowhere": {
    async run(workshop, folder) {
      symlinkSync(join(folder, "nowhere"), join(folder, "a.png"));
      const ended = await runNode(workshop.restore(["a.png"], join(folder, "a.png")));
      return first(
        endedWith(ended, 1, /a\.png: it already exists; overwrite it with --force/),
        check(lstatSync(join(folder, "a.png")).isSymbolicLink(), "the link is gone"),
        check(namesIn(folder) === "a.png", `the folder holds ${namesIn(folder)}`),
      );
    },
  },
  "an output that is a link to the input": {
    async run(workshop, folder) {
      symlinkSync(join(workshop.photos, "a.png"), join(folder, "a.png"));
      const before = contentsOf(workshop.photos);
      const ended = await runNode(workshop.restore(["a.png"], join(folder, "a.png"), "--force"));
      return first(
        endedWith(ended, 2, /would overwrite the input/),
        difference(contentsOf(workshop.photos), before),
        check(lstatSync(join(folder, "a.png")).isSymbolicLink(), "the link is gone"),
      );
    },
  },
  "a folder that has the output's name": {
    async run(workshop, folder) {
      mkdirSync(join(folder, "out", "a.png"), { recursive: true });
      const args = workshop.restore(["a.png"], `${join(folder, "out")}/`, "--force");
      return first(
        endedWith(await runNode(args), 1, /a\.png: it is a folder; choose another name for the file$/),
        check(namesIn(join(folder, "out")) === "a.png", `the folder holds ${namesIn(join(folder, "out"))}`),
      );
    },
  },
  "a file on the way to the output": {
    async run(workshop, folder) {
      writeFileSync(join(folder, "file.txt"), "precious");
      const ended = await runNode(workshop.restore(["a.png"], join(folder, "file.txt", "a.png")));
      return first(
        endedWith(ended, 1, /expected a folder to write to, but ".*file\.txt" is a file; choose another$/),
        check(namesIn(folder) === "file.txt", `the folder holds ${namesIn(folder)}`),
      );
    },
  },
  "an output of a format that is not written": {
    async run(workshop, folder) {
      const ended = await runNode(workshop.restore(["a.png"], join(folder, "a.bmp")));
      return first(
        endedWith(ended, 2, /expected a name that ends in \.png.*got \.bmp; for a folder of that name write/),
        check(namesIn(folder) === "", `the folder holds ${namesIn(folder)}`),
      );
    },
  },
  "a pipe whose writer is silent, and Ctrl-C": {
    async run(workshop, folder) {
      const pipe = join(folder, "pipe.png");
      execFileSync("mkfifo", [pipe]);
      const out = join(folder, "out.png");
      let writer: number | null = null;
      /** Opening a pipe for writing without waiting fails until somebody reads it. */
      const hasReader = () => {
        try {
          writer = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
          return true;
        } catch {
          return false;
        }
      };
      const ended = await runNode(commandLine(pipe, "--out", out, "--model", workshop.model), {
        async started(child) {
          await until(hasReader);
          child.kill("SIGINT");
        },
      });
      if (writer !== null) closeSync(writer);
      return first(
        endedWith(ended, 130, STOPPED),
        check(namesIn(folder) === "pipe.png", `the folder holds ${namesIn(folder)}`),
      );
    },
  },
  "a device without an end as input": {
    async run(workshop, folder) {
      const args = commandLine("/dev/zero", "--out", join(folder, "out.png"), "--model", workshop.model);
      return first(
        endedWith(await runNode(args), 1, /^\/dev\/zero: it is a device/),
        check(namesIn(folder) === "", `the folder holds ${namesIn(folder)}`),
      );
    },
  },
  "Ctrl-C in a batch": { run: (workshop, folder) => stopped(workshop, folder, ["SIGINT"]) },
  "SIGTERM in a batch": { run: (workshop, folder) => stopped(workshop, folder, ["SIGTERM"]) },
  "a terminal that is closed in a batch": {
    run: (workshop, folder) => stopped(workshop, folder, ["SIGHUP", "SIGHUP"]),
  },
  "a device that is not here": {
    async run(workshop, folder) {
      const ended = await runNode(workshop.restore(["a.png"], join(folder, "a.png"), "--device", "cuda"));
      if (ended.code === 0) return null; // it is here
      const lines = ended.err.trim().split("\n");
      return first(
        check(/^error: device "cuda" is not available: it needs .*; use device "cpu"$/.test(lines.at(-1)!), ended.err),
        check(
          lines.slice(0, -1).every((line) => /a\.png: .*%/.test(line)),
          `other lines than progress: ${ended.err}`,
        ),
        check(namesIn(folder) === "", `the folder holds ${namesIn(folder)}`),
      );
    },
  },
  "a full disk at standard output": {
    async run(workshop, folder) {
      const stdout = openSync("/dev/full", constants.O_WRONLY);
      const ended = await runNode(workshop.restore(PHOTOS, `${join(folder, "out")}/`), { stdout });
      return first(
        endedWith(ended, 1, /^standard output: could not print the results, because the disk is full/),
        wholeOnly(join(folder, "out"), workshop),
      );
    },
  },
  "a reader of standard output that has gone": {
    async run(workshop, folder) {
      const ended = await runNode(workshop.restore(PHOTOS, `${join(folder, "out")}/`), {
        started: (child) => void child.stdout!.destroy(),
      });
      return first(
        endedWith(ended, 1, /^standard output: could not print the results, because its reader has closed it/),
        wholeOnly(join(folder, "out"), workshop),
      );
    },
  },
  "a full disk at standard error": {
    async run(workshop, folder) {
      const stderr = openSync("/dev/full", constants.O_WRONLY);
      const ended = await runNode(workshop.restore(["a.png", "b.png"], `${join(folder, "out")}/`), { stderr });
      return first(
        endedWith(ended, 0, null),
        difference(contentsOf(join(folder, "out")), pick(workshop.restored, ["a.png", "b.png"])),
      );
    },
  },
  "a run that two processes go on with": {
    async run(workshop, folder) {
      const env = { UNBLUR_CACHE: join(folder, "cache") };
      const begun = await runNode([...workshop.train(folder), "--max-steps", "2"], { env });
      const run = readdirSync(folder).find((name) => name.endsWith("-waves"));
      if (run === undefined) return `no run was made: ${begun.err}`;
      const args = workshop.train(folder, run);
      const both = await Promise.all([runNode(args, { env }), runNode(args, { env })]);
      const refused = both.find(({ code }) => code !== 0);
      const steps = stepsOf(join(folder, run));
      return first(
        check(
          both.some(({ code }) => code === 0),
          `none went on: ${both.map(({ err }) => err).join(" ")}`,
        ),
        // One may have ended before the other began; then it finds the run finished.
        refused
          ? endedWith(refused, 1, /is being trained by process \d+ already; wait for it to end, or stop it$/)
          : null,
        check(
          steps.every((step, i) => step === i + 1),
          `its log has the steps ${steps.join(" ")}`,
        ),
        check(leftoversBelow(join(folder, run)).length === 0, `left behind: ${leftoversBelow(join(folder, run))}`),
      );
    },
  },
  "a terminal that is closed while a run is trained": {
    async run(workshop, folder) {
      const env = { UNBLUR_CACHE: join(folder, "cache") };
      const runOf = () => readdirSync(folder).find((name) => name.endsWith("-waves"));
      const trained = () => {
        const run = runOf();
        return (
          run !== undefined && existsSync(join(folder, run, "metrics.jsonl")) && stepsOf(join(folder, run)).length > 3
        );
      };
      const ended = await runNode(workshop.train(folder), {
        env,
        async started(child) {
          await until(() => trained() || child.exitCode !== null);
          for (const _ of [1, 2, 3]) child.kill("SIGHUP");
        },
      });
      const run = join(folder, runOf() ?? "");
      const [saved] = readdirSync(join(run, "checkpoints")).filter((name) => name.startsWith("step-"));
      return first(
        check(ended.code === 130, `ended with ${ended.signal ?? ended.code} instead of 130: ${ended.err}`),
        check(
          Number(/\d+/.exec(saved ?? "")) === stepsOf(run).at(-1),
          `trained ${stepsOf(run).at(-1)} steps, saved ${saved}`,
        ),
        check(leftoversBelow(run).length === 0, `left behind: ${leftoversBelow(run)}`),
      );
    },
  },
} as const satisfies Record<string, FileTrial>;

/** Trials by what happens. */
export const FILE_TRIALS: Readonly<Record<string, FileTrial>> = TRIALS;
