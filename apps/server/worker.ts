/**
 * @file A process that restores photos one after the other, for the service: what a hostile photo does to a decoder, or a bug to the
 * engine, ends here. Started with one argument, the runtime's options as JSON.
 */
import { readImage } from "../../platform/node/image-file.js";
import { loadRestorer } from "../../platform/node/load-restorer.js";
import { filesOf, planOutputs } from "../../platform/node/output-paths.js";
import { restoreFile } from "../../platform/node/restore-file.js";
import type { RuntimeOptions } from "../../platform/node/runtime.js";
import { UnblurError } from "../../src/base/errors.js";
import { maskFromRaster } from "../../src/restoration/mask.js";
import type { Restorer } from "../../src/restoration/restorer.js";
import type { FromWorker, RestoredPhoto, RestoreTask, ToWorker } from "./worker-messages.js";

const runtime = JSON.parse(process.argv[2] ?? "{}") as RuntimeOptions;
const tell = (message: FromWorker) => process.send?.(message);

let open: { readonly model: string; readonly restorer: Restorer } | null = null;

/** The last model stays open: most requests name the same. */
async function restorerOf(model: string): Promise<Restorer> {
  if (open?.model !== model) {
    await open?.restorer.release();
    open = null;
    open = { model, restorer: await loadRestorer(model, runtime) };
  }
  tell({ type: "opened" });
  return open.restorer;
}

async function restore({ input, output, mask, settings }: RestoreTask, signal: AbortSignal): Promise<RestoredPhoto> {
  const { model, format: _, samples, check, restoreSharp, seed, realism, keepTone, steps, stop } = settings;
  const restorer = await restorerOf(model);
  const [plan] = planOutputs([input], { out: output, samples, summary: true, check });
  const result = await restoreFile(restorer, plan!, {
    ...{ samples, seed, realism, keepTone, signal, leaveSharp: !restoreSharp },
    ...(steps === undefined ? {} : { steps }),
    ...(stop ? { stop } : {}),
    ...(mask === null ? {} : { mask: maskFromRaster((await readImage(mask)).raster) }),
    provenance: { command: "unblur serve", facts: { model, steps: steps ?? restorer.steps, seed, realism, samples } },
    onRead: () => tell({ type: "decoded" }),
    onProgress: (progress) => tell({ type: "progress", progress }),
  });
  const { sharp, elapsedMs, warnings } = result;
  return { files: filesOf(result), sharp, seconds: elapsedMs / 1000, warnings, explains: result.check?.psnr ?? null };
}

function failure(error: unknown): FromWorker {
  if (error instanceof UnblurError) return { type: "failed", code: error.code, message: error.message };
  return { type: "failed", code: "internal", message: error instanceof Error ? (error.stack ?? "") : String(error) };
}

let current = new AbortController();
process.on("message", async (message: ToWorker) => {
  if (message.type === "cancel") return current.abort();
  current = new AbortController();
  try {
    if (message.type === "open") await restorerOf(message.model);
    else tell({ type: "done", restored: await restore(message.task, current.signal) });
  } catch (error) {
    tell(failure(error));
  }
});
process.on("disconnect", () => process.exit(0)); // the service is gone
process.on("SIGINT", () => {}); // Ctrl-C reaches the whole group; the service decides what happens to jobs
process.on("SIGTERM", () => {});
