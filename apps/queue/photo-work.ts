/**
 * @file The restoration of a photo by a worker: computed in a child process, with a record of its origin beside the
 * result.
 */
import { NameTakenError } from "../../platform/node/files/atomic-file.js";
import { filesOf } from "../../platform/node/photos/output-paths.js";
import { UnblurError } from "../../src/base/errors.js";
import { Refusal } from "../server/refusal.js";
import type { RestoredPhoto } from "../server/worker-messages.js";
import { fingerprintOf, type JobData, type JobEvent, type JobResult, mapPlan, parseJob } from "./job.js";
import { modelChecksum } from "./model-checksum.js";
import { removeRecord, resultState, writeRecord } from "./record.js";
import { JobRefused, pathsIn, type Work, type Workshop } from "./work.js";

export function photoWork(job: unknown): Work {
  const data = parseJob(job);
  return {
    name: data.task.name === "photo" ? null : data.task.name,
    ...{ version: data.version, store: data.store, movesOn: true },
    check: () => checkModel(data),
    async compute(shop, signal, report) {
      const result = await restore(shop, data, signal, report);
      return { result, how: !result.computed ? "there already" : result.sharp ? "unchanged" : "restored" };
    },
  };
}

async function checkModel({ task, checksum }: JobData): Promise<void> {
  const { model } = task.settings;
  const own = await modelChecksum(model).catch((error: Error) => {
    throw error instanceof UnblurError && error.code === "argument"
      ? new JobRefused(
          `has no model ${model}; install it there, or copy its folder from the machine that handed this out`,
        )
      : new JobRefused(`cannot read the model ${model}: ${error.message}`);
  });
  if (own !== checksum)
    throw new JobRefused(
      `has other weights of the model ${model} (${own}) than the job needs (${checksum}); ` +
        "copy the model's folder from the machine that handed this out",
    );
}

async function restore(
  { store, pool, name: worker }: Workshop,
  data: JobData,
  signal: AbortSignal,
  report: (event: JobEvent) => void,
): Promise<JobResult> {
  const { mask, overwrite } = data.task;
  const path = pathsIn(store);
  const plan = await mapPlan(data.task.plan, path);
  const fingerprint = fingerprintOf(data);
  const thereAlready: JobResult = {
    ...{ files: filesOf(data.task.plan), sharp: false, seconds: 0, warnings: [], explains: null },
    ...{ computed: false, worker },
  };
  const resultOf = async ({ files, ...rest }: RestoredPhoto): Promise<JobResult> => {
    const references = await Promise.all(files.map((file) => store.reference(file)));
    return { ...rest, files: references, computed: true, worker };
  };
  let isOurs = false;
  if (data.photo) {
    const state = await resultState(plan, fingerprint);
    if (state === "done") return thereAlready;
    if (state === "taken" && !overwrite) throw new NameTakenError(data.task.plan.outputs[0]!);
    isOurs = state === "half";
    const { version, checksum, task } = data;
    await writeRecord(plan, fingerprint, { version, checksum, photo: task.plan.input, settings: task.settings });
  }
  const task = { ...data.task, plan, mask: mask === null ? null : await path(mask), overwrite: overwrite || isOurs };
  const onProgress = ({ done, total, stage }: { done: number; total: number; stage: string }) =>
    report({ type: "progress", done, total, stage });
  try {
    const { decodeSeconds, jobSeconds } = data;
    const restored = await pool.run(task, { signal, decodeSeconds, jobSeconds, onProgress }).catch(notOpened);
    return await resultOf(restored);
  } catch (error) {
    // Another worker has written the same result meanwhile: this worker's lock had expired. Nothing else is wrong.
    if (data.photo && (await resultState(plan, fingerprint)) === "done") return thereAlready;
    if (data.photo) await removeRecord(plan);
    throw error;
  }
}

/** Throws JobRefused for a model that does not open here: it may open on another machine. */
function notOpened(error: unknown): never {
  if (!(error instanceof Refusal) || error.code !== "model") throw error;
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  throw new JobRefused(`cannot open the model${cause}`);
}
