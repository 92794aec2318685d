/** @file `unblur compare`: a blind comparison of results by eye. */
import * as z from "zod";
import { environment } from "../../../platform/node/environment.js";
import { comparePictures } from "../../../platform/node/photos/compare-pictures.js";
import { defineCommand } from "../command.js";
import { EXIT } from "../exit-codes.js";
import { UsageError } from "../usage-error.js";

/** Most folders of results; each has one letter. */
const MAX_RESULTS = 8;

export const compare = defineCommand({
  name: "compare",
  summary: "Compare results blindly: a page that hides their origin and counts your choices.",
  examples: [
    "unblur compare photos/ --result restored/ --result other-program/ --out comparison",
    "unblur compare photos/ --result prediction/ --result four-steps/ --crop 320 --crops 1 --out comparison",
  ],
  details: [
    "Results are found by name: street.png or street.restored.png for street.jpg. In the key, each method has the name of its folder.",
    "Writes compare.html, a page that works offline; sheet-01.png and so on, one per photo (from left to right: the photo, A, B ...); and key.json, which maps the letters to the methods.",
  ],
  arguments: { photos: z.string().min(1).meta({ value: "PHOTOS", description: "Folder of the blurry photos" }) },
  options: {
    result: z
      .array(z.string().min(1))
      .min(1)
      .max(MAX_RESULTS)
      .meta({ value: "DIR", description: "Folder of results; one per method" }),
    out: z.string().min(1).meta({ short: "o", value: "DIR", description: "Output folder; created if missing" }),
    crop: z.int().min(64).max(2000).default(400).meta({ value: "PX", description: "Side of the crops in pixels" }),
    crops: z.int().min(1).max(8).default(2).meta({ value: "K", description: "Number of crops per photo" }),
    seed: z.int().min(0).default(0).describe("Seed of the hidden order"),
  },
  async run({ photos, result, out, crop, crops, seed }, io, recorded) {
    if (result.length > MAX_RESULTS)
      throw new UsageError(`--result: at most ${MAX_RESULTS} folders, got ${result.length}`);
    const problems: string[] = [];
    const { versions, ...where } = environment("none");
    const paths = await comparePictures({
      ...{ photos, results: result, out, cropPx: crop, cropsPerPhoto: crops, seed, signal: io.signal },
      provenance: { command: recorded(), facts: { ...where, ...versions } },
      onProblem(text) {
        problems.push(text);
        io.say(`left out: ${text}`);
      },
      onProgress: (done, total) => io.progress(`photo ${done + 1} of ${total}`),
    });
    io.print(paths[0]!);
    io.say(`${paths.length - 2} photos; the key is in ${paths.at(-1)}`);
    return problems.length > 0 ? EXIT.failed : EXIT.done;
  },
});
