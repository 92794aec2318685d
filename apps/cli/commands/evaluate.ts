/** @file `unblur evaluate`: measures a model's restorations of blurry photos against the sharp photos. */
import { dirname } from "node:path";
import * as z from "zod";
import { environment } from "../../../platform/node/environment.js";
import { checkNames, writeFileAtomically } from "../../../platform/node/files/atomic-file.js";
import { checkFolder } from "../../../platform/node/files/check-folder.js";
import { installedMeasures, openEvaluation } from "../../../platform/node/runs/evaluate-model.js";
import { writeEvaluationPage } from "../../../platform/node/runs/report-evaluated.js";
import { saveEvaluated } from "../../../platform/node/runs/save-evaluated.js";
import { createRuntime, DEVICES } from "../../../platform/node/threads/runtime.js";
import { duration } from "../../../src/base/duration.js";
import { UnblurError } from "../../../src/base/errors.js";
import { BLUR_KINDS, layoutNameSchema } from "../../../src/data/layouts/catalog.js";
import type { CropOptions } from "../../../src/evaluation/crop-places.js";
import {
  DEFAULT_METRICS,
  METRIC_NAMES,
  type MetricName,
  REGISTERED_METRICS,
} from "../../../src/evaluation/metrics/catalog.js";
import { SET_METRIC_NAMES, type SetMetric } from "../../../src/evaluation/perception.js";
import type { PictureScores } from "../../../src/evaluation/protocol.js";
import { type PictureFeatures, setScores } from "../../../src/evaluation/set-scores.js";
import { summarise } from "../../../src/evaluation/summary.js";
import { tableOf } from "../../../src/evaluation/table.js";
import { howToGet } from "../../../src/nn/backbones/catalog.js";
import { WorstPictures } from "../../../src/reports/worst-pictures.js";
import type { RestoreProgress } from "../../../src/restoration/restorer.js";
import { SeriesTimeLeft } from "../../../src/restoration/time-left.js";
import { defineCommand } from "../command.js";
import { evaluationJson } from "../evaluation-report.js";
import { EXIT } from "../exit-codes.js";
import type { Io } from "../io.js";
import { POOLING_OPTIONS, poolingOf } from "../pooling-option.js";
import { restorationOptions, settingsOf, threadsOption } from "../shared-options.js";
import { UsageError } from "../usage-error.js";

type Measure = MetricName | SetMetric;
const MEASURES: readonly Measure[] = [...METRIC_NAMES, ...SET_METRIC_NAMES];
/** Default metrics, if their networks are installed. */
const DEFAULT_BY_NETWORKS = ["lpips-alex", "fid", "kid"] as const satisfies readonly Measure[];

const isSet = (measure: Measure): measure is SetMetric => SET_METRIC_NAMES.some((name) => name === measure);

const OPTIONS = {
  model: z.string().default("default").meta({
    short: "m",
    value: "NAME|PATH",
    description:
      "Name of a model (unblur models), model folder or training run. NAME+NAME: the second enlarges the first one's result",
  }),
  data: z.string().meta({ value: "DIR", description: "Folder with pairs of blurry and sharp photos" }),
  crop: z
    .int()
    .min(1)
    .optional()
    .meta({ value: "PX", description: "Measure square crops of PX pixels instead of whole photos" }),
  cropsPerImage: z.int().min(1).optional().meta({ value: "K", description: "Number of crops per photo (1)" }),
  cropSeed: z.int().min(0).default(0).describe("Seed of the crops; equal seeds give equal crops for every model"),
  metric: z
    .array(z.enum(MEASURES as [Measure, ...Measure[]]))
    .default([...DEFAULT_METRICS, ...DEFAULT_BY_NETWORKS])
    .meta({
      value: "NAME",
      description: `Metric to compute: ${MEASURES.join(", ")} (default: ${DEFAULT_METRICS.join(", ")}; also ${DEFAULT_BY_NETWORKS.join(", ")} where their networks are installed)`,
    }),
  register: z
    .boolean()
    .default(false)
    .describe(
      "Also compute PSNR and SSIM after the best sub-pixel shift of the whole picture, excluding a border of 25 px",
    ),
  samples: z
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .describe("Restorations per photo; their mean is measured too. Two or more use diffusion steps, as in deblur"),
  steps: restorationOptions.steps,
  sampler: restorationOptions.sampler,
  realism: restorationOptions.realism,
  keepTone: z
    .boolean()
    .default(false)
    .describe(
      "Measure results with the photo's brightness and colours, as deblur writes them; otherwise the model's own",
    ),
  ...POOLING_OPTIONS,
  seed: z.int().min(0).default(0).describe("Seed of the restorations"),
  threads: threadsOption,
  device: z.enum(DEVICES).default("cpu").describe("Device to compute on"),
  layout: layoutNameSchema.optional().describe("Layout of the folder (default: detected)"),
  blurKind: z.enum(BLUR_KINDS).default("either").describe("GoPro: kind of blurry photos"),
  onBadFile: z.enum(["skip", "refuse"]).default("skip").describe("Action for a pair that cannot be used"),
  json: z
    .string()
    .min(1)
    .optional()
    .meta({ value: "FILE", description: "Write all numbers and the command that reproduces them" }),
  report: z.string().min(1).optional().meta({
    value: "FILE",
    description:
      "Write a page that opens offline: the table, the pictures that improved least as crops at 100 %, the calibration of samples; computes the metrics of --register too",
  }),
  save: z
    .string()
    .min(1)
    .optional()
    .meta({ value: "DIR", description: "Write the restorations, inputs and sharp pictures" }),
};

type Options = z.output<z.ZodObject<typeof OPTIONS>>;

function cropsOf({ crop, cropsPerImage, cropSeed }: Options): CropOptions | undefined {
  if (crop !== undefined) return { sidePx: crop, perImage: cropsPerImage ?? 1, seed: cropSeed };
  if (cropsPerImage !== undefined) throw new UsageError("--crops-per-image needs --crop PX, the side of the crops");
  return undefined;
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

function measuredWords(pictures: readonly PictureScores[]): string {
  const photos = plural(new Set(pictures.map(({ name }) => name)).size, "photo");
  const side = pictures.find(({ crop }) => crop)?.crop?.width;
  return side === undefined ? photos : `${plural(pictures.length, "crop")} of ${side} px from ${photos}`;
}

/** Pictures shown by the page of --report, and the side of their crops: three fit beside each other on a laptop. */
const SHOWN_PICTURES = 12;
const SHOWN_PX = 360;

/**
 * The requested metrics that can be computed here. Metrics without their networks are named, with instructions to
 * install them.
 */
function requestedMeasures({ metric, register, report }: Options, io: Io): readonly Measure[] {
  const registered = register || report !== undefined;
  const requested = [...new Set<Measure>([...metric, ...(registered ? REGISTERED_METRICS : [])])];
  const { usable, missing, networks } = installedMeasures(requested);
  if (usable.length === 0)
    throw new UsageError(`--metric ${missing.join(", ")}: their networks are not installed; ${howToGet(networks)}`);
  if (missing.length > 0)
    io.say(`left out: ${missing.join(", ")}; their networks are not installed: ${howToGet(networks)}`);
  return usable;
}

function progressOf(io: Io, measured: readonly PictureScores[], total: () => number) {
  const series = new SeriesTimeLeft(performance.now());
  return (progress: RestoreProgress) => {
    const [index, count] = [measured.length, total()];
    const left = series.after({ index, count }, progress, performance.now());
    const part = `${index + 1} of ${count}: ${progress.stage}, ${Math.floor((100 * progress.done) / progress.total)} %`;
    io.progress(left === null ? part : `${part}, ${duration(1000 * left)} left`);
  };
}

export const evaluate = defineCommand({
  name: "evaluate",
  summary: "Measure a model on pairs of blurry and sharp photos.",
  examples: [
    "unblur evaluate --data GoPro/test",
    "unblur evaluate --model runs/00001-ddpm-64 --data GoPro/test --crop 64 --crops-per-image 4 --json ddpm-64.json",
    "unblur evaluate --data pairs --metric psnr --metric ssim --samples 4 --save pictures",
    "unblur evaluate --data GoPro/test --sampler ddim --steps 10",
    "unblur evaluate --data levin --register",
    "unblur evaluate --data GoPro/test --keep-tone --steps 4 --samples 4 --report page.html",
    "unblur evaluate --model default+esrgan-medium-x2 --data pairs-x2",
    "unblur evaluate --model runs/00002-nafnet --data GoPro/test --pooling local --train-px 256",
  ],
  details: [
    [
      "Pictures are rounded to 8 bits first. A mean is taken over the photos; several crops of one photo count as one value, their mean. The",
      "table lists the input's own value beside every result. It goes to stdout, everything else to stderr.",
    ].join("\n"),
    'Pairs that cannot be used are named and counted; the exit code is then 1. In JSON, an infinite value is the text "Infinity".',
  ],
  options: OPTIONS,
  async run(options, io, recorded) {
    const { model, data, layout, blurKind, realism, keepTone, seed, device, threads } = options;
    const settings = settingsOf(options);
    const crops = cropsOf(options);
    const pooling = poolingOf(options);
    const startedAt = performance.now();
    // Checked before the work: a failure to write should not be found hours later.
    const files = [options.json, options.report].filter((path) => path !== undefined);
    for (const folder of [...files.map((path) => dirname(path)), options.save]) if (folder) checkFolder(folder);
    await checkNames(files);
    const measures = requestedMeasures(options, io);
    const sets = measures.filter(isSet);
    const measured: PictureScores[] = [];
    const features: PictureFeatures[] = [];
    const leftOut: string[] = [];
    const worst = options.report === undefined ? null : new WorstPictures(SHOWN_PICTURES, SHOWN_PX);
    await using evaluation = await openEvaluation({
      ...{ model, data, layout, blurKind, settings, crops, pooling, seed, device, threads, signal: io.signal },
      metrics: measures.filter((measure): measure is MetricName => !isSet(measure)),
      features: sets.length > 0,
      onProblem:
        options.onBadFile === "refuse"
          ? undefined
          : (problem) => {
              leftOut.push(problem);
              io.say(`left out: ${problem}`);
            },
      onProgress: progressOf(io, measured, () => evaluation.total),
    });
    try {
      for await (const picture of evaluation.pictures()) {
        if (options.save) await saveEvaluated(options.save, picture);
        worst?.add(picture);
        measured.push(picture.scores);
        if (picture.features) features.push(picture.features);
      }
    } catch (error) {
      if (measured.length > 0) {
        io.say(`ended early, after ${measuredWords(measured)}:`);
        for (const line of tableOf(summarise(measured))) io.say(line);
      }
      throw error;
    }
    if (measured.length === 0) throw new UnblurError("data", `${data}: none of its pairs could be used`);

    const ofSets = setScores(features, sets);
    const how = [
      evaluation.model.name,
      ...(evaluation.model.steps === null ? [] : [plural(evaluation.model.steps, "step")]),
      ...(settings.sampler ? [settings.sampler.kind] : []),
      ...(realism !== undefined && realism < 1 ? [`realism ${realism}`] : []),
      plural(measured[0]!.samples.length, "sample"),
      ...(keepTone ? ["tone kept"] : []),
    ].join(", ");
    const here = environment(createRuntime({ device, threads }).description);
    const elapsedMs = Math.round(performance.now() - startedAt);
    if (options.json) {
      const report = evaluationJson({
        command: recorded(),
        options,
        model: { ...evaluation.model, path: model },
        environment: here,
        elapsedMs,
        ...{ leftOut, pictures: measured, sets: ofSets },
      });
      await writeFileAtomically(options.json, new TextEncoder().encode(report), { makeFolders: true });
    }
    if (options.report !== undefined && worst) {
      const { versions, ...where } = here;
      const { weightsChecksum } = evaluation.model;
      const checksums = Object.fromEntries(
        Object.entries(weightsChecksum).map(([part, sum]) => [`weights, ${part}`, sum]),
      );
      await writeEvaluationPage(options.report, {
        ...{
          model: how,
          pictures: measured,
          sets: ofSets,
          leftOut,
          worst: worst.worst,
          calibration: worst.calibration,
        },
        provenance: {
          command: recorded(),
          facts: { ...where, ...versions, ...checksums, "seconds taken": Math.round(elapsedMs / 1000) },
        },
      });
    }
    io.print(`${how}; ${measuredWords(measured)}`);
    for (const line of tableOf(summarise(measured), ofSets)) io.print(line);
    io.say(`done in ${duration(performance.now() - startedAt)}`);
    if (leftOut.length > 0) io.say(`left out: ${leftOut.length} in all; the numbers cover the rest`);
    return leftOut.length > 0 ? EXIT.failed : EXIT.done;
  },
});
