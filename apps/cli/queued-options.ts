/** @file Options of a batch on a queue: those of `unblur deblur` without the ones that concern a single machine. */
import { type RestorationSettings, readSettings } from "../../src/restoration/settings.js";
import { withQueuePackages } from "../queue/load.js";
import { settingsSchema } from "../server/contract.js";
import type { ExitCode } from "./exit-codes.js";
import type { Io } from "./io.js";
import type { QueuedBatch } from "./queued-batch.js";
import { UsageError } from "./usage-error.js";

interface Given {
  readonly queue?: string | undefined;
  readonly store?: string | undefined;
  readonly files: readonly string[];
  readonly model: string;
  readonly settings: RestorationSettings;
  readonly check: boolean;
  readonly mask?: string | undefined;
  readonly predictor?: string | undefined;
  readonly threads?: number | undefined;
  readonly device: string;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Throws UsageError for options that cannot be combined with a queue. */
export async function queuedBatch(
  given: Given,
  outputs: QueuedBatch["outputs"],
  io: Io,
  command: (input: string) => string,
): Promise<ExitCode> {
  const { queue, store, files, model, check, json, quiet } = given;
  if (queue === undefined)
    throw new UsageError("--store: expected --queue with it, the server that hands out the work");
  if (store === undefined)
    throw new UsageError("--queue: expected --store with it, the folder that all machines share");
  const unfit = {
    "--mask": [given.mask !== undefined, "one mask fits one photo; restore it without a queue"],
    "--predictor": [given.predictor !== undefined, "workers take models by name; choose one with --model"],
    "--threads": [given.threads !== undefined, "give it to each `unblur worker`"],
    "--device": [given.device !== "cpu", "workers compute on their CPU"],
    "-": [files.includes("-") || outputs.out === "-", "name files or folders below --store"],
  } as const;
  for (const [name, [isGiven, instead]] of Object.entries(unfit))
    if (isGiven) throw new UsageError(`${name} cannot be combined with --queue: ${instead}`);
  // The preset is left out: its model and texture are among the other settings, which alone determine whether a result
  // exists.
  const { sampler, preset: _, ...restoration } = readSettings(given.settings);
  const settings = settingsSchema.parse({ ...restoration, check });
  const { runQueuedBatch } = await withQueuePackages(() => import("./queued-batch.js"));
  return runQueuedBatch(
    {
      ...{ queue, store, files, outputs, json, quiet, command },
      settings: { ...settings, model, ...(sampler ? { sampler } : {}) },
    },
    io,
  );
}
