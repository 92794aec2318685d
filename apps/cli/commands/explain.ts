/** @file `unblur explain`: the internals of one restoration, as a page that opens offline. */
import * as z from "zod";
import { environment } from "../../../platform/node/environment.js";
import { explainFile } from "../../../platform/node/runs/explain.js";
import { createRuntime, DEVICES } from "../../../platform/node/threads/runtime.js";
import { duration } from "../../../src/base/duration.js";
import type { Rect } from "../../../src/images/crop.js";
import { TimeLeft } from "../../../src/restoration/time-left.js";
import { defineCommand } from "../command.js";
import { EXIT } from "../exit-codes.js";
import { restorationOptions, settingsOf, threadsOption } from "../shared-options.js";
import { UsageError } from "../usage-error.js";

function rectOf(text: string): Rect {
  const parts = text.split(",").map(Number);
  const [left, top, width, height] = parts as [number, number, number, number];
  if (parts.length !== 4 || !parts.every(Number.isInteger) || left < 0 || top < 0 || width < 1 || height < 1)
    throw new UsageError(`--crop: expected x,y,width,height in whole pixels, such as 400,200,256,256, got "${text}"`);
  return { left, top, width, height };
}

export const explain = defineCommand({
  name: "explain",
  summary: "Show the steps, spectra and attention of one restoration, as a page that opens offline.",
  examples: [
    "unblur explain street.jpg --steps 8 --out explained",
    "unblur explain blurry.png --sharp sharp.png --steps 8 --crop 400,200,256,256 --out explained",
  ],
  details: [
    "Writes explain.html (self-contained), explain.json and explain.csv (its numbers) and explain-steps.png to DIR. With --steps 0 there are no steps, and the page shows the prediction alone.",
    "docs/explain.md explains each part of the page.",
  ],
  arguments: { photo: z.string().meta({ value: "PHOTO", description: "PNG, JPEG, WebP, AVIF, TIFF or HEIC picture" }) },
  options: {
    out: z.string().min(1).meta({ short: "o", value: "DIR", description: "Output folder; created if missing" }),
    model: z.string().default("default").meta({
      short: "m",
      value: "NAME|PATH",
      description: "Name of a model (unblur models), model folder or training run",
    }),
    sharp: z
      .string()
      .optional()
      .meta({ value: "FILE", description: "The same picture without blur, as the reference for the metrics" }),
    steps: z
      .int()
      .min(0)
      .max(10_000)
      .optional()
      .describe("Diffusion steps (default: the model's own number, even if it predicts by default)"),
    sampler: restorationOptions.sampler,
    realism: restorationOptions.realism,
    stop: restorationOptions.stop,
    mask: z
      .string()
      .min(1)
      .optional()
      .meta({ value: "FILE", description: "Restore only where the mask is white, as in deblur" }),
    keepTone: restorationOptions.keepTone,
    seed: restorationOptions.seed,
    crop: z.string().optional().meta({
      value: "X,Y,W,H",
      description: "Restore and show only this part, in pixels, at full resolution",
    }),
    threads: threadsOption,
    device: z.enum(DEVICES).default("cpu").describe("Device to compute on"),
  },
  async run({ photo, out, model, sharp, mask, crop, threads, device, ...options }, io, recorded) {
    const timeLeft = new TimeLeft(performance.now());
    const runtime = createRuntime({ device, arena: false, threads });
    const { versions, ...where } = environment(runtime.description);
    const paths = await explainFile(photo, {
      ...{ model, out, runtime, sharp, mask, signal: io.signal },
      settings: settingsOf(options),
      crop: crop === undefined ? undefined : rectOf(crop),
      provenance: { command: recorded(), facts: { ...where, ...versions } },
      onProgress(progress) {
        const left = timeLeft.after(progress, performance.now());
        io.progress(`${photo}: ${progress.stage}${left === null ? "" : `, ${duration(1000 * left)} left`}`);
      },
    });
    for (const path of paths) io.print(path);
    return EXIT.done;
  },
});
