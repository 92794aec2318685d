/** @file `unblur blur`: makes pairs for measuring or training from sharp photos, by a recipe or a trained generator. */
import { readFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import * as z from "zod";
import { writeFileAtomically } from "../../../platform/node/files/atomic-file.js";
import { checkFolder } from "../../../platform/node/files/check-folder.js";
import { findModel } from "../../../platform/node/models/load-model.js";
import {
  type BlurPhotoOptions,
  type BlurredPhoto,
  blurPhoto,
  blurPhotoBy,
} from "../../../platform/node/photos/blur-photo.js";
import { createRuntime } from "../../../platform/node/threads/runtime.js";
import { argumentError, throwIfCancelled, UnblurError } from "../../../src/base/errors.js";
import { parseJson } from "../../../src/base/parse-json.js";
import { problemsOf } from "../../../src/base/problems.js";
import { Rng } from "../../../src/base/random.js";
import { type BlurRecipe, type BlurRecipeInput, blurRecipeSchema } from "../../../src/blur/recipe.js";
import { createBlurrer, requireBlurs } from "../../../src/restoration/blurrer.js";
import { defineCommand } from "../command.js";
import { EXIT } from "../exit-codes.js";
import { threadsOption } from "../shared-options.js";
import { UsageError } from "../usage-error.js";

/** Camera shake with paths of 7 to 25 px, applied in linear light. */
const SHAKE: BlurRecipeInput = { kernels: [{ kind: "camera-shake", lengthPx: [7, 25] }] };

async function recipeOf(text: string | undefined): Promise<BlurRecipe> {
  if (text === undefined) return blurRecipeSchema.parse(SHAKE);
  const inline = text.trimStart().startsWith("{");
  let input: unknown;
  try {
    input = parseJson(inline ? text : await readFile(text, "utf8"));
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw argumentError("--recipe", `expected JSON or a file of it (${problem})`, text);
  }
  const result = blurRecipeSchema.safeParse(input);
  if (!result.success) throw argumentError("--recipe", problemsOf(result.error), text);
  return result.data;
}

/** A way to blur photos, as blur.json describes it. */
interface Blurring {
  readonly described: { readonly recipe: BlurRecipe } | { readonly model: string };
  blur(photo: string, options: BlurPhotoOptions): Promise<BlurredPhoto>;
  release(): Promise<void>;
}

async function byRecipe(text: string | undefined): Promise<Blurring> {
  const recipe = await recipeOf(text);
  return {
    described: { recipe },
    blur: (photo, options) => blurPhoto(photo, { ...options, recipe }),
    release: async () => {},
  };
}

async function byModel(model: string, threads: number | undefined): Promise<Blurring> {
  const found = await findModel(model);
  requireBlurs(model, found.config);
  const blurrer = createBlurrer(await found.load(), createRuntime({ arena: false, threads }));
  return {
    described: { model: found.name },
    blur: (photo, options) => blurPhotoBy(blurrer, photo, options),
    release: () => blurrer.release(),
  };
}

/**
 * The NAME of each photo, numbered if the same photo is blurred several times. Photos that differ only in their endings
 * keep these in their names; of photos with one name in several folders, the second gets "-2".
 */
function namesOf(photos: readonly string[], times: number): { readonly photo: string; readonly name: string }[] {
  const stem = (path: string) => basename(path, extname(path));
  const filesByStem = new Map<string, Set<string>>();
  for (const photo of photos)
    filesByStem.set(stem(photo), (filesByStem.get(stem(photo)) ?? new Set()).add(basename(photo)));
  const taken = new Set<string>();
  return photos.flatMap((photo) => {
    const plain = filesByStem.get(stem(photo))!.size > 1 ? basename(photo) : stem(photo);
    let own = plain;
    for (let k = 2; taken.has(own); k++) own = `${plain}-${k}`;
    taken.add(own);
    return Array.from({ length: times }, (_, k) => ({ photo, name: times > 1 ? `${own}.${k + 1}` : own }));
  });
}

export const blur = defineCommand({
  name: "blur",
  summary: "Blur sharp photos with known or learned blurs, to make pairs for measuring or training.",
  examples: [
    "unblur blur photos/*.png --out pairs",
    'unblur blur photos/*.png --out pairs --times 4 --recipe \'{"kernels": [{"kind": "linear", "lengthPx": [5, 30]}], "noiseSigma": [0, 0.01]}\'',
    "unblur blur photos/*.png --out pairs --model runs/00001-blur-small --seed 7",
    "unblur evaluate --data pairs",
  ],
  arguments: {
    photos: z
      .array(z.string())
      .min(1)
      .meta({ value: "PHOTO", description: "Sharp pictures: PNG, JPEG, WebP, AVIF, TIFF or HEIC" }),
  },
  options: {
    out: z.string().min(1).meta({ short: "o", value: "DIR", description: "Output folder; created if missing" }),
    recipe: z.string().min(1).optional().meta({
      value: "FILE|JSON",
      description: "Recipe of the blurs, as in a training config's photos (default: camera shake of 7 to 25 px)",
    }),
    model: z.string().min(1).optional().meta({
      value: "RUN|MODEL",
      description: "Generator that learned to blur (configs/gan/blur-small.json), in place of a recipe",
    }),
    times: z.int().min(1).max(1000).default(1).describe("Blurs of each photo"),
    seed: z.int().min(0).default(0).describe("Seed of the blurs; equal seeds give equal blurs"),
    threads: threadsOption.meta({ description: "With --model: CPU threads (default: UNBLUR_THREADS, or all)" }),
  },
  details: [
    [
      "Writes DIR/blur/NAME.png and DIR/sharp/NAME.png; DIR/kernels/NAME.png, which --kernel reads, if a single kernel blurred the photo; and DIR/blur.json with the",
      "recipe and results. Photos of one NAME keep their endings: a.jpg.png beside a.heic.png. Each side is cropped by the reach of the recipe's widest blur. A photo's blur depends on its name and the seed.",
      "With --model there are no kernels, nothing is cropped, and blur.json names the model.",
    ].join("\n"),
    [
      "Fields of a recipe; ranges are [least, most], from which a value is drawn for each photo:",
      ...Object.entries(blurRecipeSchema.shape).map(
        ([field, { description }]) => `  ${field.padEnd(14)} ${description}`,
      ),
    ].join("\n"),
    "A photo that cannot be read is named, and the others are still processed; the exit code is then 1.",
  ],
  async run({ photos, out, recipe: text, model, times, seed, threads }, io) {
    if (model !== undefined && text !== undefined)
      throw new UsageError("--model cannot be combined with --recipe; leave one of them out");
    if (model === undefined && threads !== undefined) throw new UsageError("--threads needs --model");
    checkFolder(out);
    const names = namesOf(photos, times);
    const blurring = model === undefined ? await byRecipe(text) : await byModel(model, threads);
    const done: BlurredPhoto[] = [];
    const failures: string[] = [];
    try {
      for (const { photo, name } of names) {
        throwIfCancelled(io.signal);
        io.progress(`${photo}: ${done.length + failures.length + 1} of ${names.length}`);
        try {
          const rng = Rng.fromSeed(seed).fork("blur", name);
          const pair = await blurring.blur(photo, { name, out, rng, signal: io.signal });
          done.push(pair);
          io.print(join(out, pair.files[0]!));
        } catch (error) {
          if (!(error instanceof UnblurError) || error.code === "cancelled") throw error;
          failures.push(photo);
          io.say(`error: ${error.message}`);
        }
      }
    } finally {
      await blurring.release();
    }
    if (done.length > 0)
      await writeFileAtomically(
        join(out, "blur.json"),
        new TextEncoder().encode(`${JSON.stringify({ ...blurring.described, seed, photos: done }, null, 2)}\n`),
      );
    io.say(
      `${done.length} ${done.length === 1 ? "pair" : "pairs"} in ${out}${failures.length > 0 ? `; ${failures.length} failed` : ""}`,
    );
    return failures.length > 0 ? EXIT.failed : EXIT.done;
  },
});
