/** @file `unblur deblur`, which is also what `unblur FILE...` means: photos in, sharper photos out. */
import * as z from "zod";
import { environment } from "../../../platform/node/environment.js";
import { readImage } from "../../../platform/node/image-file.js";
import { loadRestorer } from "../../../platform/node/load-restorer.js";
import { filesOf, type OutputPlan, planOutputs } from "../../../platform/node/output-paths.js";
import { restoreFile } from "../../../platform/node/restore-file.js";
import { DEVICES } from "../../../platform/node/runtime.js";
import { duration, timeLeft } from "../../../src/base/duration.js";
import { UnblurError } from "../../../src/base/errors.js";
import { describeReblur } from "../../../src/insight/describe-reblur.js";
import { chosenSteps } from "../../../src/restoration/chosen-steps.js";
import { knobs } from "../../../src/restoration/knobs.js";
import { maskFromRaster } from "../../../src/restoration/mask.js";
import type { RestoreOptions, RestoreProgress, Restorer } from "../../../src/restoration/restorer.js";
import { choosesItsSteps, samplerFromText, samplers } from "../../../src/samplers/catalog.js";
import { defineCommand } from "../command.js";
import { EXIT } from "../exit-codes.js";
import type { Io } from "../io.js";
import { threadsOption } from "../threads-option.js";

/** Errors that every picture would meet alike: the batch ends with the first one. */
const OF_ALL_FILES = ["cancelled", "argument", "device", "checkpoint", "config"];

export const deblur = defineCommand({
  name: "deblur",
  summary: "Restore blurry photos.",
  examples: [
    "unblur street.jpg",
    "unblur *.jpg --out sharp/ --steps 4 --seed 7",
    "unblur deblur street.jpg --samples 4 --json",
  ],
  arguments: {
    files: z.array(z.string()).min(1).meta({ value: "FILE", description: "PNG, JPEG, WebP, AVIF or TIFF pictures" }),
  },
  options: {
    out: z
      .string()
      .min(1)
      .optional()
      .meta({ short: "o", value: "FILE|DIR", description: "Where to write; a folder is made if missing" }),
    model: z.string().default("default").meta({
      short: "m",
      value: "NAME|PATH",
      description: "Name of a model (unblur models), model folder or training run",
    }),
    predictor: z.string().min(1).optional().meta({
      value: "NAME|PATH",
      description: "Another model's prediction in front of the model's diffusion steps: an imported restorer, say",
    }),
    steps: knobs.steps,
    sampler: z
      .string()
      .min(1)
      .optional()
      .meta({ value: "NAME|JSON", description: "How to sample (default: the model's way); the names are below" }),
    realism: knobs.realism,
    stop: knobs.stop,
    mask: z.string().min(1).optional().meta({
      value: "FILE",
      description: "Restore only where this picture of the photo's size is white; grey blends",
    }),
    keepTone: knobs.keepTone,
    samples: knobs.samples,
    summary: z
      .boolean()
      .default(true)
      .describe("With several samples: also their mean, how sure it is, and a page with all of them"),
    check: z
      .boolean()
      .default(false)
      .describe(
        "Fit the local blur between photo and restoration: how well it explains the photo, and a picture of it",
      ),
    restoreSharp: knobs.restoreSharp,
    seed: knobs.seed,
    threads: threadsOption,
    device: z.enum(DEVICES).default("cpu").describe("Where to compute"),
    force: z.boolean().default(false).meta({ short: "f", description: "Overwrite outputs that are there already" }),
    json: z.boolean().default(false).describe("Print an object a file and line instead of the paths written"),
    quiet: z.boolean().default(false).meta({ short: "q", description: "Say nothing but errors" }),
  },
  details: [
    [
      "Output: NAME.unblurred.EXT beside each picture, in its own format; with --out DIR, DIR/NAME.EXT; with --out FILE, that file, in the",
      "format of its ending. An input is never overwritten, anything else only with --force.",
      "With --samples K the restorations are numbered: NAME.unblurred.1.EXT to NAME.unblurred.K.EXT. Beside them lie NAME.unblurred.mean.EXT,",
      "NAME.unblurred.uncertainty.png (black sure, white 32 levels of 255 or more) and .tiff (floats, 1 is white), and",
      "NAME.unblurred.samples.png and .samples.html, a picture and a page of all of them, the most typical and the two most different marked.",
      "With --check NAME.unblurred.kernels.png shows, over the photo, the local blur that turns the (first) restoration back into it.",
    ].join("\n"),
    [
      'Samplers, with options as JSON, for instance \'{"kind": "ddim", "eta": 1}\':',
      ...Object.entries(samplers).map(([name, { summary }]) => `  ${name.padEnd(20)} ${summary}`),
    ].join("\n"),
    "Paths (or JSON) go to stdout, all else to stderr. After a picture that fails the batch goes on; the exit code is then 1.",
  ],
  async run(
    {
      files,
      out,
      model,
      predictor: predictorName,
      steps,
      sampler: samplerText,
      realism,
      stop,
      mask: maskPath,
      keepTone,
      samples,
      summary,
      check,
      restoreSharp,
      seed,
      threads,
      device,
      force,
      json,
      quiet,
    },
    io,
    recorded,
  ) {
    const plans = planOutputs(files, { out, samples, summary, check });
    const sampler = samplerText === undefined ? undefined : samplerFromText(samplerText);
    const mask =
      maskPath === undefined ? undefined : maskFromRaster((await readImage(maskPath, { signal: io.signal })).raster);
    const say = (line: string) => {
      if (!quiet) io.say(line);
    };
    const runtime = { device, ...(threads ? { threads } : {}) };
    const predictor = predictorName === undefined ? undefined : await loadRestorer(predictorName, runtime);
    const restorer = await loadRestorer(model, { ...runtime, ...(predictor ? { predictor } : {}) }).catch(
      async (error: unknown) => {
        await predictor?.release();
        throw error;
      },
    );
    const startedAt = performance.now();
    const failures: string[] = [];
    let unchanged = 0;
    try {
      for (const [index, plan] of plans.entries()) {
        const command = recorded({ files: [plan.input] });
        try {
          const result = await restoreFile(restorer, plan, {
            overwrite: force,
            leaveSharp: !restoreSharp,
            realism,
            keepTone,
            ...(stop ? { stop } : {}),
            ...(mask ? { mask } : {}),
            samples,
            seed,
            provenance: { command, facts: whereOf(device) },
            ...(steps === undefined ? {} : { steps }),
            ...(sampler ? { sampler } : {}),
            signal: io.signal,
            ...(quiet ? {} : { onProgress: progressOf(io, plan, index, plans.length) }),
          });
          report(io, json, filesOf(result), {
            ...result,
            ...settings(restorer, { steps, seed, realism, samples, sampler, stop }),
            command,
          });
          if (result.sharp) unchanged++;
          if (result.sharp) say(`${plan.input}: already sharp, copied unchanged (--restore-sharp restores it anyway)`);
          if (result.check) say(`${plan.input}: ${describeReblur(result.check)}`);
          for (const warning of result.warnings) say(`${plan.input}: ${warning}`);
        } catch (error) {
          if (!(error instanceof UnblurError) || OF_ALL_FILES.includes(error.code)) throw error;
          failures.push(plan.input);
          const { code, message } = error;
          report(io, json, [], { input: plan.input, error: { code, message } });
          io.say(`error: ${message}`);
        }
      }
    } catch (error) {
      if (io.signal.aborted && plans.length > 1) say("stopped; the pictures whose names were printed are complete");
      throw error;
    } finally {
      await restorer.release();
      await predictor?.release();
    }
    const restored = plans.length - failures.length - unchanged;
    const elapsed = duration(performance.now() - startedAt);
    const told = [
      ...(restored > 0 || unchanged === 0 ? [`${restored} restored`] : []),
      ...(unchanged > 0 ? [`${unchanged} copied unchanged`] : []),
    ].join(", ");
    if (failures.length > 0) io.say(`${told} in ${elapsed}, ${failures.length} failed: ${failures.join(", ")}`);
    else say(`${told} in ${elapsed}`);
    return failures.length > 0 ? EXIT.failed : EXIT.done;
  },
});

const whereOf = (device: string) => {
  const { versions, ...where } = environment(device);
  return { ...where, ...versions };
};

function report(io: Io, json: boolean, paths: readonly string[], result: Readonly<Record<string, unknown>>): void {
  if (json) io.print(JSON.stringify(result));
  else for (const path of paths) io.print(path);
}

/** Settings that affected the result: realism and seed only if diffusion steps were taken. */
function settings(
  restorer: Restorer,
  asked: Pick<RestoreOptions, "steps" | "realism" | "samples" | "sampler" | "stop"> & { readonly seed: number },
) {
  const steps = chosenSteps(asked, restorer);
  const { sampler, realism = 1, samples, seed } = asked;
  return {
    model: restorer.name,
    steps: sampler && choosesItsSteps(sampler) ? null : steps,
    ...(sampler ? { sampler } : {}),
    realism: steps > 0 ? realism : null,
    ...{ samples, seed },
  };
}

function progressOf(io: Io, { input }: OutputPlan, index: number, count: number) {
  const startedAt = performance.now();
  const file = count > 1 ? `${input} (${index + 1} of ${count})` : input;
  return ({ done, total, stage }: RestoreProgress) => {
    const left = timeLeft(performance.now() - startedAt, done, total);
    const percent = Math.floor((100 * done) / total);
    io.progress(`${file}: ${stage}, ${percent} %${left === undefined ? "" : `, ${duration(left)} left`}`);
  };
}
