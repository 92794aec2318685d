/** @file Which file each picture's restorations are written to, decided before any work, so that nothing is lost by surprise. */
import { realpathSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { UnblurError } from "../../../src/base/errors.js";
import {
  formatFromPath,
  IMAGE_FORMATS,
  type ImageFormat,
  isHeicPath,
  otherPictureEnding,
} from "../../../src/images/photo.js";
import { checkFolder, isFolder } from "../files/check-folder.js";
import type { FoundPhoto, RefusedInput } from "./find-photos.js";

const ENDINGS = Object.values(IMAGE_FORMATS)
  .map(({ extensions }) => extensions[0])
  .join(", ");

export interface OutputPlan {
  readonly input: string;
  /** One for each sample. */
  readonly outputs: readonly string[];
  /** The format that is asked for, or that the output's name says; null: the same as the input's. */
  readonly format: ImageFormat | null;
  /** Of several samples, what they say together; null where that is not asked for. */
  readonly summary: SummaryPaths | null;
  /** The local blur between photo and restoration, as a picture; null where that is not asked for. */
  readonly kernels: string | null;
}

export interface SummaryPaths {
  readonly mean: string;
  /** To look at. */
  readonly uncertainty: string;
  /** The same as 32-bit floats, white is 1. */
  readonly deviation: string;
  /** All of them in one picture. */
  readonly contact: string;
  /** All of them as a page. */
  readonly sheet: string;
}

export interface OutputOptions {
  /** A file if it ends like a picture and is no folder that exists; else a folder. */
  readonly out?: string | undefined;
  /** The format of every output, and with it the ending of its name; that of the input when left out. */
  readonly format?: ImageFormat | undefined;
  readonly samples?: number;
  /** Plans what several samples say together, too. */
  readonly summary?: boolean;
  /** Plans a picture of the local blur, too. */
  readonly check?: boolean;
}

/** The same text for the same file, also through links; of a file that is not there yet, through its folder. */
function identity(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const folder = dirname(resolve(path));
    return folder === resolve(path) ? folder : join(identity(folder), basename(path));
  }
}

/** Bytes of a name that all usual file systems take. */
const MOST_NAME_BYTES = 255;

/** The name of a file in `folder`; the stem loses its last characters where the name would be too long for a disk. */
function named(folder: string, stem: string, ending: string): string {
  const most = MOST_NAME_BYTES - Buffer.byteLength(ending);
  const characters = [...stem];
  while (characters.length > 1 && Buffer.byteLength(characters.join("")) > most) characters.pop();
  return join(folder, characters.join("") + ending);
}

/** "a/b.jpg" without its ending, and a name for each file that belongs to it. */
function namesAfter(path: string): (ending: string) => string {
  const [folder, stem] = [dirname(path), basename(path, extname(path))];
  return (ending) => named(folder, stem, ending);
}

/** "a/b.jpg", 2 -> "a/b.2.jpg". */
const numbered = (path: string, samples: number): string[] =>
  samples === 1 ? [path] : Array.from({ length: samples }, (_, k) => namesAfter(path)(`.${k + 1}${extname(path)}`));

/** "a/b.jpg" -> "a/b.mean.jpg" and others. */
function summaryPaths(path: string): SummaryPaths {
  const name = namesAfter(path);
  return {
    mean: name(`.mean${extname(path)}`),
    uncertainty: name(".uncertainty.png"),
    deviation: name(".uncertainty.tiff"),
    contact: name(".samples.png"),
    sheet: name(".samples.html"),
  };
}

/** The ending of an output: that of the input, unless another format is asked for, or the input's is not written. */
function endingFor(input: string, format: ImageFormat | undefined): string {
  const own = extname(input);
  if (format && formatFromPath(input) !== format) return IMAGE_FORMATS[format].extensions[0];
  return isHeicPath(input) ? IMAGE_FORMATS.jpeg.extensions[0] : own;
}

export interface PlannedOutputs {
  readonly plans: readonly OutputPlan[];
  /** Inputs whose outputs would be another input or another's output; the others do not wait for them. */
  readonly refused: readonly RefusedInput[];
}

/**
 * Without `out`: NAME.unblurred.EXT beside each input. `out` a folder: NAME.EXT in it, in the folders that a photo was
 * found in. `out` a file: that file, for one input only. Several samples: a number before the ending, from 1. HEIC
 * becomes JPEG. Throws `argument` where `out` asks for a format that is not written, for another one than `format`, or
 * is one file for several inputs; `file` where its folder cannot be written to.
 */
export function planOutputs(
  photos: readonly FoundPhoto[],
  { out, format, samples = 1, summary = false, check = false }: OutputOptions = {},
): PlannedOutputs {
  const file = out === undefined || isFolder(out) || /[/\\]$/.test(out) ? undefined : out;
  const fileFormat = file === undefined ? undefined : formatFromPath(file);
  const unknown = file === undefined ? undefined : otherPictureEnding(file);
  if (unknown)
    throw new UnblurError(
      "argument",
      `out "${out}": expected a name that ends in ${ENDINGS}, got ${unknown}; for a folder of that name write "${out}/"`,
    );
  if (fileFormat && photos.length > 1)
    throw new UnblurError(
      "argument",
      `out "${out}": expected a folder for ${photos.length} pictures, got the name of one picture`,
    );
  if (fileFormat && format && fileFormat !== format)
    throw new UnblurError(
      "argument",
      `out "${out}": expected a name of the format ${format}, got one of ${fileFormat}; leave one of the two out`,
    );
  const plans = photos.map(({ path: input, below }): OutputPlan => {
    const ending = endingFor(input, format);
    const stem = basename(input, extname(input));
    const beside = () => named(dirname(input), stem, `.unblurred${ending}`);
    const path = out === undefined ? beside() : fileFormat ? out : named(join(out, below), stem, ending);
    return {
      ...{ input, outputs: numbered(path, samples) },
      format: fileFormat ?? format ?? (isHeicPath(input) ? "jpeg" : null),
      summary: summary && samples > 1 ? summaryPaths(path) : null,
      kernels: check ? namesAfter(path)(".kernels.png") : null,
    };
  });
  if (out !== undefined && plans[0]) checkFolder(fileFormat ? dirname(out) : out);
  return withoutClashes(plans);
}

/** All that is written for one input. */
export const filesOf = ({
  outputs,
  summary,
  kernels,
}: Pick<OutputPlan, "outputs" | "summary" | "kernels">): string[] => [
  ...outputs,
  ...Object.values(summary ?? {}),
  ...(kernels === null ? [] : [kernels]),
];

function withoutClashes(all: readonly OutputPlan[]): PlannedOutputs {
  const inputs = new Map(all.map(({ input }) => [identity(input), input]));
  const owners = new Map<string, string>();
  const plans: OutputPlan[] = [];
  const refused: RefusedInput[] = [];
  for (const plan of all) {
    const files = filesOf(plan).map((output) => [output, identity(output)] as const);
    const problem = files.map(([output, file]) => clashOf(plan.input, output, inputs.get(file), owners.get(file)));
    const what = problem.find((text) => text !== undefined);
    if (what !== undefined) {
      refused.push({ input: plan.input, error: new UnblurError("argument", what) });
      continue;
    }
    for (const [, file] of files) owners.set(file, plan.input);
    plans.push(plan);
  }
  return { plans, refused };
}

function clashOf(input: string, output: string, overwritten?: string, other?: string): string | undefined {
  if (overwritten !== undefined) return `"${output}" would overwrite the input "${overwritten}"; choose another out`;
  if (other !== undefined)
    return `"${other}" and "${input}" would both be written to "${output}"; restore them one after the other, to different folders`;
  return undefined;
}
