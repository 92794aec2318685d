/** @file `unblur deblur`, the default command: restores photos. */
import * as z from "zod";
import { environment } from "../../../platform/node/environment.js";
import { NameTakenError } from "../../../platform/node/files/atomic-file.js";
import { chosenModel } from "../../../platform/node/models/choose-model.js";
import { findRestorer, loadRestorer, openBehind } from "../../../platform/node/models/load-restorer.js";
import type { RefusedInput } from "../../../platform/node/photos/find-photos.js";
import { readImage } from "../../../platform/node/photos/image-file.js";
import { KERNEL_FILTER_NAMES, openKnownBlur } from "../../../platform/node/photos/known-blur.js";
import { filesOf, type OutputPlan } from "../../../platform/node/photos/output-paths.js";
import { pixelsOfFile } from "../../../platform/node/photos/picture-size.js";
import { planBatch } from "../../../platform/node/photos/plan-batch.js";
import { restoreFile } from "../../../platform/node/photos/restore-file.js";
import { MIN_PIXELS, measurePace } from "../../../platform/node/runs/estimate-time.js";
import { DEVICES } from "../../../platform/node/threads/runtime.js";
import { duration } from "../../../src/base/duration.js";
import { UnblurError } from "../../../src/base/errors.js";
import { inLanes } from "../../../src/base/in-lanes.js";
import { IMAGE_FORMATS, type ImageFormat } from "../../../src/images/photo.js";
import { describeReblur } from "../../../src/reports/describe-reblur.js";
import { maskFromRaster } from "../../../src/restoration/mask.js";
import { chosenSteps, countedSteps } from "../../../src/restoration/plan.js";
import type { RestoreProgress, Restorer } from "../../../src/restoration/restorer.js";
import { type RestorationSettings, readSettings } from "../../../src/restoration/settings.js";
import { TimeLeft, type WorkProfile } from "../../../src/restoration/time-left.js";
import { samplers } from "../../../src/samplers/catalog.js";
import { queueOption, storeOption } from "../../queue/address.js";
import { BatchClock, outcomeLine, planLines } from "../batch-status.js";
import { defineCommand } from "../command.js";
import { EXIT } from "../exit-codes.js";
import type { Io } from "../io.js";
import { pipedPhoto } from "../piped-photo.js";
import { restorationOptions, settingsOf, threadsOption } from "../shared-options.js";
import { UsageError } from "../usage-error.js";

/** Files whose headers are read at once; each open file buffers 64 KB or more. */
const HEADS_AT_ONCE = 16;

/** Codes of errors that would recur for every picture. */
const OF_ALL_FILES = ["cancelled", "device", "checkpoint", "config"];

/**
 * Whether an error ends the batch: it would recur for every picture, or it is unexpected. Settings are refused before
 * any work, so an `argument` that is refused after a picture's work has begun is about that picture alone.
 */
export const endsBatch = (error: unknown, { hasWorked }: { readonly hasWorked: boolean }): boolean =>
  !(error instanceof UnblurError) || OF_ALL_FILES.includes(error.code) || (error.code === "argument" && !hasWorked);

export const deblur = defineCommand({
  name: "deblur",
  summary: "Restore blurry photos.",
  examples: [
    "unblur street.jpg",
    "unblur holiday/ --out sharp/ --skip-existing",
    "unblur *.jpg --out sharp/ --preset detailed --strength 0.8",
    "unblur street.jpg --kernel shake.png",
    "unblur small.jpg --scale 2",
    "cat street.jpg | unblur - > sharp.jpg",
    "unblur deblur street.jpg --samples 4 --json",
  ],
  arguments: {
    files: z.array(z.string()).min(1).meta({
      value: "FILE|DIR|-",
      description: "PNG, JPEG, WebP, AVIF, TIFF or HEIC pictures, or folders of them; - for standard input",
    }),
  },
  options: {
    out: z.string().min(1).optional().meta({
      short: "o",
      value: "FILE|DIR|-",
      description: "Output file or folder; a missing folder is created; - for standard output",
    }),
    format: z
      .enum(Object.keys(IMAGE_FORMATS) as [ImageFormat, ...ImageFormat[]])
      .optional()
      .describe("Format of the outputs (default: the photo's own, JPEG for HEIC)"),
    preset: restorationOptions.preset,
    scale: restorationOptions.scale,
    texture: restorationOptions.texture,
    strength: restorationOptions.strength,
    model: z.string().optional().meta({
      short: "m",
      value: "NAME|PATH",
      description: "Name of a model (unblur models), model folder or training run (default: the preset's, or default)",
    }),
    predictor: z.string().min(1).optional().meta({
      value: "NAME|PATH",
      description:
        "Model whose prediction replaces that of --model before the diffusion steps, such as an imported restorer",
    }),
    kernel: z.string().min(1).optional().meta({
      value: "FILE",
      description:
        "Deconvolve with this blur instead of an estimated one: a picture, rows of numbers, or the .kernels.json of --check",
    }),
    kernelFilter: z
      .string()
      .min(1)
      .optional()
      .meta({
        value: "NAME|PATH",
        description: `Deconvolution with --kernel: ${KERNEL_FILTER_NAMES.join(", ")}, or a run or model trained to be given the kernel (default: total-variation)`,
      }),
    steps: restorationOptions.steps,
    sampler: restorationOptions.sampler.meta({
      value: "NAME|JSON",
      description: "Sampler (default: the model's); the names are listed below",
    }),
    realism: restorationOptions.realism,
    stop: restorationOptions.stop,
    mask: z.string().min(1).optional().meta({
      value: "FILE",
      description: "Mask of the photo's size: white is restored, black is kept, grey blends",
    }),
    keepTone: restorationOptions.keepTone,
    samples: restorationOptions.samples,
    summary: z.boolean().default(true).meta({
      without: "With several samples: do not write their mean, their uncertainty and the page with all of them",
    }),
    check: z
      .boolean()
      .default(false)
      .describe(
        "Fit the local blur between restoration and photo; report how well it explains the photo, and write a picture of it",
      ),
    restoreSharp: restorationOptions.restoreSharp,
    seed: restorationOptions.seed,
    threads: threadsOption,
    device: z.enum(DEVICES).default("cpu").describe("Device to compute on"),
    skipExisting: z
      .boolean()
      .default(false)
      .describe("Skip photos whose outputs exist, for instance to continue an interrupted batch"),
    force: z.boolean().default(false).meta({ short: "f", description: "Overwrite existing outputs" }),
    json: z.boolean().default(false).describe("Print one JSON object per file and line instead of the paths written"),
    quiet: z.boolean().default(false).meta({ short: "q", description: "Print errors only" }),
    queue: queueOption,
    store: storeOption,
  },
  details: [
    [
      "Output: NAME.unblurred.EXT beside each picture, in its own format; with --out DIR, DIR/NAME.EXT; with --out FILE, that file, in the",
      "format of its ending. An input is never overwritten; any other file is overwritten only with --force.",
      "Folders are searched recursively, and --out DIR keeps their structure. Hidden files, outputs of unblur and files other than pictures are",
      "skipped. Of two photos that would give one name, the one whose ending changes keeps it: a.heic gives a.heic.unblurred.jpg beside a.jpg's.",
      "- reads standard input and writes to standard output unless --out names a file.",
      "With --samples K the restorations are numbered: NAME.unblurred.1.EXT to NAME.unblurred.K.EXT. Their mean is NAME.unblurred.mean.EXT.",
      "Their uncertainty is NAME.unblurred.uncertainty.png (black: none; white: 32 of 255 levels or more) and .tiff (floats, white is 1).",
      "NAME.unblurred.samples.png and .samples.html show all of them and mark the most typical one and the two most different.",
      "With --check, NAME.unblurred.kernels.png shows the local blur that maps the (first) restoration to the photo, drawn over the photo.",
      "NAME.unblurred.kernels.json holds the same for --kernel. Without --model, --kernel uses no network; with it, the model's diffusion follows.",
    ].join("\n"),
    [
      'Samplers; give options as JSON, for instance \'{"kind": "ddim", "eta": 1}\':',
      ...Object.entries(samplers).map(([name, { summary }]) => `  ${name.padEnd(20)} ${summary}`),
    ].join("\n"),
    "Paths (or JSON) go to stdout, everything else to stderr. The batch continues after a picture that fails or whose output exists; the exit code is then 1.",
  ],
  async run({ files, out, format, mask: maskPath, summary, check, device, json, ...options }, io, recorded) {
    const { skipExisting, force, quiet, samples, preset } = options;
    const model = await chosenModel(options);
    const outputs = { out, format, samples, summary, check, overwrite: force, skipExisting };
    if (options.queue !== undefined || options.store !== undefined) {
      const { queuedBatch } = await import("../queued-options.js");
      return queuedBatch(
        { ...options, model, settings: settingsOf(options), files, mask: maskPath, check, device, json },
        outputs,
        io,
        (input) => recorded({ files: [input] }),
      );
    }
    const piped = await pipedPhoto(files, { ...outputs, json });
    const plan = piped?.plan ?? (await planBatch(files, outputs));
    const settings = settingsOf(options);
    const mask =
      maskPath === undefined ? undefined : maskFromRaster((await readImage(maskPath, { signal: io.signal })).raster);
    const say = (line: string) => {
      if (!quiet) io.say(line);
    };
    const { plans, skipped, refused } = plan;
    const several = plans.length + skipped.length + refused.length > 1 || plan.others.size > 0;
    const failures: string[] = [];
    const fail = ({ input, error: { code, message } }: RefusedInput) => {
      failures.push(input);
      if (json) io.print(JSON.stringify({ input, error: { code, message } }));
    };
    for (const one of refused) fail(one);
    for (const line of refusalLines(refused)) io.say(`error: ${line}`);
    if (json) for (const { input, why } of skipped) io.print(JSON.stringify({ input, skipped: why }));
    const clock = new BatchClock(
      several ? await inLanes(plans, HEADS_AT_ONCE, ({ input }) => pixelsOfFile(input)) : [],
    );
    if (several) for (const line of planLines(plan, { out, pixels: clock.total })) say(line);
    if (plans.length === 0) return failures.length > 0 ? EXIT.failed : EXIT.done;

    const restorer = await openRestorer(
      { ...options, model, alone: [options.model, preset, options.scale].every((asked) => asked === undefined) },
      device,
    );
    const startedAt = performance.now();
    let [ended, unchanged, hasWorked] = [0, 0, false];
    const restoration = { ...settings, mask, signal: io.signal };
    const progress = quiet ? null : progressOf(io, plans, clock);
    const restoreOne = async (one: OutputPlan, index: number): Promise<void> => {
      const command = recorded({ files: [one.input] });
      const show = progress?.(index);
      const result = await restoreFile(restorer, one, {
        ...restoration,
        ...(await piped?.open(io)),
        overwrite: force,
        restoreSharp: settings.restoreSharp || options.kernel !== undefined,
        provenance: { command, facts: whereOf(device) },
        onProgress(event) {
          hasWorked = true;
          show?.(event);
        },
      });
      clock.done(index, result.elapsedMs);
      ended++;
      if (json) io.print(JSON.stringify({ ...result, ...effective(restorer, settings), command }));
      else if (!piped?.toOutput) for (const path of filesOf(result)) io.print(path);
      if (result.sharp) unchanged++;
      if (result.sharp) say(`${one.input}: already sharp, copied unchanged (--restore-sharp restores it anyway)`);
      if (result.check) say(`${one.input}: ${describeReblur(result.check)}`);
      for (const warning of result.warnings) say(`${one.input}: ${warning}`);
    };
    try {
      if (plans.length > 1 && clock.total >= MIN_PIXELS && !quiet) {
        const pace = await measurePace(restorer, plans[0]!.input, restoration).catch((error: unknown) => {
          if (endsBatch(error, { hasWorked })) throw error;
          return null;
        });
        if (pace !== null) clock.expect(pace);
        const ms = clock.after(0);
        if (ms !== undefined) say(`about ${duration(ms)}, estimated from a part of the first photo`);
      }
      for (const [index, one] of plans.entries())
        try {
          await restoreOne(one, index);
        } catch (error) {
          if (endsBatch(error, { hasWorked })) throw error;
          fail({ input: one.input, error: error as UnblurError });
          io.say(`error: ${(error as UnblurError).message}`);
        }
    } catch (error) {
      if (error instanceof UnblurError && error.code === "cancelled" && plans.length > 1) {
        const again = force ? "with --skip-existing in place of --force " : skipExisting ? "" : "with --skip-existing ";
        say(`stopped with ${ended} of ${plans.length} done and complete; the same command ${again}restores the rest`);
        return EXIT.cancelled;
      }
      throw error;
    } finally {
      await restorer.release();
    }
    const existing = new Set(refused.filter(({ error }) => error instanceof NameTakenError).map(({ input }) => input));
    const line = outcomeLine({
      ...{ restored: ended - unchanged, unchanged, skipped: skipped.length, kept: existing.size },
      failures: failures.filter((input) => !existing.has(input)),
      elapsedMs: performance.now() - startedAt,
    });
    if (failures.length > 0) io.say(line);
    else say(line);
    return failures.length > 0 ? EXIT.failed : EXIT.done;
  },
});

/** One line per refusal, but a single line for all existing outputs: in a repeated batch there may be many. */
function refusalLines(refused: readonly RefusedInput[]): string[] {
  const existing = refused.filter(({ error }) => error instanceof NameTakenError);
  if (existing.length < 2) return refused.map(({ error }) => error.message);
  const others = refused.filter((one) => !existing.includes(one)).map(({ error }) => error.message);
  const count = existing.length;
  return [
    ...others,
    `${count} photos have outputs already, which were kept; --skip-existing skips such photos, --force replaces the outputs`,
  ];
}

interface Chosen {
  readonly model: string;
  readonly predictor?: string | undefined;
  readonly kernel?: string | undefined;
  readonly kernelFilter?: string | undefined;
  readonly threads?: number | undefined;
  /** Neither a model nor a preset was named. */
  readonly alone: boolean;
}

async function openRestorer(
  { model, predictor: name, kernel, kernelFilter, threads, alone }: Chosen,
  device: (typeof DEVICES)[number],
): Promise<Restorer> {
  if (kernel !== undefined && name !== undefined)
    throw new UsageError("--kernel cannot be combined with --predictor; leave one of them out");
  if (kernel === undefined && kernelFilter !== undefined)
    throw new UsageError("--kernel-filter needs --kernel FILE, the blur to undo");
  const runtime = { device, threads };
  if (kernel !== undefined && alone) return openKnownBlur(kernel, { filter: kernelFilter, ...runtime });
  const found = await findRestorer(model);
  if (kernel !== undefined && found.scale > 1)
    throw new UsageError("--kernel is measured in the photo's pixels, so it cannot be used with a model that enlarges");
  const predictor =
    kernel !== undefined
      ? await openKnownBlur(kernel, { filter: kernelFilter, ...runtime })
      : name === undefined
        ? undefined
        : await loadRestorer(name, runtime);
  return openBehind(predictor, found, runtime);
}

const whereOf = (device: string) => {
  const { versions, ...where } = environment(device);
  return { ...where, ...versions };
};

/** Settings that affected the result; realism only if diffusion steps were taken. */
function effective(restorer: Restorer, settings: RestorationSettings) {
  const { sampler, realism = 1, samples, seed, strength } = readSettings(settings);
  return {
    model: restorer.name,
    steps: countedSteps(settings, restorer),
    ...(sampler ? { sampler } : {}),
    realism: chosenSteps(settings, restorer) > 0 ? realism : null,
    ...{ samples, seed, strength },
  };
}

/** Progress of each photo in turn. What the work of one has taken says how long the parts of the next one take. */
function progressOf(io: Io, plans: readonly OutputPlan[], clock: BatchClock) {
  let profile: WorkProfile | null = null;
  return (index: number) => {
    const startedAt = performance.now();
    const left = new TimeLeft(startedAt, profile);
    const file = plans.length > 1 ? `${plans[index]!.input} (${index + 1} of ${plans.length})` : plans[index]!.input;
    return (progress: RestoreProgress) => {
      const now = performance.now();
      const own = left.after(progress, now);
      if (own === 0) profile = left.finished(now);
      const all = own === null ? clock.after(index, now - startedAt) : clock.after(index + 1, -1000 * own);
      const parts = [
        `${Math.floor((100 * progress.done) / progress.total)} %`,
        ...(own === null ? [] : [`${duration(1000 * own)} left`]),
        ...(all === undefined || index + 1 === plans.length ? [] : [`${duration(all)} for all`]),
      ];
      io.progress(`${file}: ${progress.stage}, ${parts.join(", ")}`);
    };
  };
}
