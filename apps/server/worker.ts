/**
 * @file A worker process that restores photos, or trains shares of a run, one after the other. The effects of a hostile
 * photo on a decoder, or of a bug in the engine, stay in this process. Its only argument is the runtime's options as
 * JSON.
 */

import { loadRestorer } from "../../platform/node/models/load-restorer.js";
import { readImage } from "../../platform/node/photos/image-file.js";
import { filesOf } from "../../platform/node/photos/output-paths.js";
import { restoreFile } from "../../platform/node/photos/restore-file.js";
import type { ShareTask, ShareTrainer, TrainedShare } from "../../platform/node/runs/training-share.js";
import { createRuntime, type RuntimeOptions } from "../../platform/node/threads/runtime.js";
import { throwIfCancelled, UnblurError } from "../../src/base/errors.js";
import { maskFromRaster } from "../../src/restoration/mask.js";
import { chosenSteps } from "../../src/restoration/plan.js";
import { presetSettings } from "../../src/restoration/presets.js";
import type { Restorer } from "../../src/restoration/restorer.js";
import { systemCode } from "./refusal.js";
import type { Answer, FromWorker, Question, RestoredPhoto, RestoreTask, ToWorker } from "./worker-messages.js";

const runtime = JSON.parse(process.argv[2] ?? "{}") as RuntimeOptions;

type Send = (answer: Answer) => void;

let open: { readonly model: string; readonly restorer: Restorer } | null = null;

class ModelFailure extends Error {
  override readonly name = "ModelFailure";
}

/** Opens a model. The last one stays open, because most requests name the same. Throws ModelFailure. */
async function restorerOf(model: string, send: Send): Promise<Restorer> {
  if (open?.model !== model) {
    await open?.restorer.release();
    open = null;
    try {
      open = { model, restorer: await loadRestorer(model, runtime) };
    } catch (error) {
      throw new ModelFailure("", { cause: error });
    }
  }
  send({ type: "opened" });
  return open.restorer;
}

async function restore(
  { plan, mask, settings, name, command, overwrite }: RestoreTask,
  signal: AbortSignal,
  send: Send,
): Promise<RestoredPhoto> {
  const { model, check: _, format: __, ...restoration } = settings;
  const { samples, seed, strength } = restoration;
  const restorer = await restorerOf(model, send);
  const result = await restoreFile(restorer, plan, {
    ...restoration,
    ...{ name, signal, overwrite },
    mask: mask === null ? undefined : maskFromRaster((await readImage(mask, { name: "mask" })).raster),
    provenance: {
      command,
      facts: {
        ...{ model, steps: chosenSteps(restoration, restorer), seed },
        realism: presetSettings(restoration).realism ?? 1,
        ...{ strength, samples },
      },
    },
    onRead: () => send({ type: "decoded" }),
    onProgress: (progress) => send({ type: "progress", progress }),
  });
  const { sharp, elapsedMs, warnings } = result;
  return { files: filesOf(result), sharp, seconds: elapsedMs / 1000, warnings, explains: result.check?.psnr ?? null };
}

let trainer: ShareTrainer | null = null;

/** Trains a share of a run. The training code is loaded with the first one. */
async function train(task: ShareTask, signal: AbortSignal, send: Send): Promise<TrainedShare> {
  const module = await import("../../platform/node/runs/training-share.js");
  trainer ??= new module.ShareTrainer(createRuntime(runtime));
  return trainer.train(task, { signal, onStep: (done) => send({ type: "steps", done }) });
}

function failure(error: unknown): Extract<Answer, { type: "failed" | "no-model" }> {
  if (error instanceof ModelFailure) return { ...failure(error.cause), type: "no-model" };
  const system = systemCode(error);
  if (error instanceof UnblurError) return { type: "failed", code: error.code, message: error.message, system };
  const message = error instanceof Error ? (error.stack ?? "") : String(error);
  return { type: "failed", code: "internal", message, system };
}

async function answer(question: Question, signal: AbortSignal, send: Send): Promise<void> {
  try {
    throwIfCancelled(signal);
    if (question.type === "open") await restorerOf(question.model, send);
    else if (question.type === "train") send({ type: "trained", share: await train(question.task, signal, send) });
    else send({ type: "done", restored: await restore(question.task, signal, send) });
  } catch (error) {
    send(failure(error));
  }
}

const stops = new Map<number, AbortController>();
let queue = Promise.resolve();
process.on("message", (message: ToWorker) => {
  const { id } = message;
  if (message.type === "cancel") return stops.get(id)?.abort();
  const stop = new AbortController();
  stops.set(id, stop);
  const send = (answer: Answer) => process.connected && process.send!({ id, ...answer } satisfies FromWorker);
  queue = queue.then(() => answer(message, stop.signal, send)).finally(() => stops.delete(id));
});
process.on("SIGINT", () => {}); // Ctrl-C reaches the whole process group; the service decides about the jobs
process.on("SIGTERM", () => {});
process.on("disconnect", () => process.exit(0)); // the service has ended
if (!process.connected) process.exit(0); // the service ended before the listener was attached
