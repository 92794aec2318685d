/**
 * @file A share of a round of training as a job: references to the run, its data and its state. The state before and
 * after a share is a file in the run's folder, so none of it passes through the server.
 */
import { join } from "node:path";
import * as z from "zod";
import { UnblurError } from "../../src/base/errors.js";
import { problemsOf } from "../../src/base/problems.js";
import { pathsIn, type Work } from "./work.js";

const reference = z.string().min(1).max(4096);
const count = z.int().min(0);

export const shareSchema = z.strictObject({
  version: z.string(),
  store: z.string(),
  run: reference,
  data: reference,
  prepared: reference.nullable(),
  /** Name of the round's folder in the run's. */
  round: z.string().regex(/^[0-9a-z-]{1,80}$/),
  /** Checksum of the state that the share starts from. */
  base: z.string(),
  step: count,
  localSteps: z.int().min(1),
  firstBatch: count,
  share: count,
});
export type ShareJob = z.output<typeof shareSchema>;

export interface ShareResult {
  readonly share: number;
  readonly loss: number;
  readonly gradNorm: number;
  readonly terms: Readonly<Record<string, number>>;
  /** Bytes read and written in the store by the share. */
  readonly bytes: number;
  readonly seconds: number;
  /** Name of the worker. */
  readonly worker: string;
}

/** Folder of the rounds in a run's folder. */
export const ROUNDS = "rounds";
export const BASE_FILE = "base.safetensors";
export const shareFile = (share: number): string => `share-${share}.safetensors`;

export function shareWork(job: unknown): Work {
  const parsed = shareSchema.safeParse(job);
  if (!parsed.success)
    throw new UnblurError(
      "config",
      `the share: ${problemsOf(parsed.error)}; hand out and work with one version of the program`,
    );
  const { version, store: storeId, run, data, prepared, round, base, share, ...place } = parsed.data;
  return {
    name: `share ${share + 1} after step ${place.step} of ${run}`,
    ...{ version, store: storeId, movesOn: false },
    check: async () => {},
    async compute({ store, pool, name: worker }, signal, report) {
      const path = pathsIn(store);
      const folder = `${run}/${ROUNDS}/${round}`;
      const task = {
        ...place,
        run: await path(run),
        data: await path(data),
        prepared: prepared === null ? null : await path(prepared),
        base: await path(`${folder}/${BASE_FILE}`),
        baseId: base,
        out: await path(`${folder}/${shareFile(share)}`),
      };
      const onStep = (done: number) => report({ type: "progress", done, total: place.localSteps, stage: "training" });
      const { bytesRead, bytesWritten, ...trained } = await pool.train(task, { signal, onStep });
      const result: ShareResult = { ...trained, share, worker, bytes: bytesRead + bytesWritten };
      return { result, how: "trained" };
    },
  };
}

export const roundFolder = (run: string, round: string): string => join(run, ROUNDS, round);
