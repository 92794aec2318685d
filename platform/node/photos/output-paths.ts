/** @file Plans the output files of each picture before any work, so that nothing is overwritten by surprise. */
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
  /** One path for each sample. */
  readonly outputs: readonly string[];
  /** The requested format, or that of the output's name; null: the input's format. */
  readonly format: ImageFormat | null;
  /** Paths of the summary of several samples; null if none is requested. */
  readonly summary: SummaryPaths | null;
  /** Path of the picture of the local blur between photo and restoration; null if not requested. */
  readonly kernels: string | null;
}

export interface SummaryPaths {
  readonly mean: string;
  /** Picture of the uncertainty, for viewing. */
  readonly uncertainty: string;
  /** The uncertainty as 32-bit floats, white is 1. */
  readonly deviation: string;
  /** Contact sheet: all restorations in one picture. */
  readonly contact: string;
  /** Page with all restorations. */
  readonly sheet: string;
}

export interface OutputOptions {
  /** A file if it ends like a picture and is not an existing folder; else a folder. */
  readonly out?: string | undefined;
  /** Format and thereby the ending of every output; the input's when left out. */
  readonly format?: ImageFormat | undefined;
  readonly samples?: number;
  /** Plan the summary of several samples as well. */
  readonly summary?: boolean;
  /** Plan the picture of the local blur as well. */
  readonly check?: boolean;
}

/**
 * A text that is equal for equal files, also through links; a file that does not exist yet is resolved through its
 * folder.
 */
function identity(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const folder = dirname(resolve(path));
    return folder === resolve(path) ? folder : join(identity(folder), basename(path));
  }
}

/** Longest name in bytes that all common file systems support. */
const MAX_NAME_BYTES = 255;

/** The beginning of `text` in at most `most` bytes, cut between characters. */
function cut(text: string, most: number): string {
  const characters = [...text];
  while (characters.length > 1 && Buffer.byteLength(characters.join("")) > most) characters.pop();
  return characters.join("");
}

/** Path of a file in `folder`. The stem is cut if the name would be too long for a disk. */
const named = (folder: string, stem: string, ending: string): string =>
  join(folder, cut(stem, MAX_NAME_BYTES - Buffer.byteLength(ending)) + ending);

/** Room for a number and the longest ending, ".unblurred.uncertainty.tiff". */
const ENDING_BYTES = 40;

/** Returns a function from an ending to the name of a file that belongs to "a/b.jpg". */
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

/** The ending of an output: the input's, unless another format is requested or the input's cannot be written. */
function endingFor(input: string, format: ImageFormat | undefined): string {
  const own = extname(input);
  if (format && formatFromPath(input) !== format) return IMAGE_FORMATS[format].extensions[0];
  return isHeicPath(input) ? IMAGE_FORMATS.jpeg.extensions[0] : own;
}

export interface PlannedOutputs {
  readonly plans: readonly OutputPlan[];
  /** Those of the plans whose outputs got another name, since another photo's have the plain one. */
  readonly renamed: readonly OutputPlan[];
  /** Inputs whose outputs would overwrite another input or output. They do not stop the other inputs. */
  readonly refused: readonly RefusedInput[];
}

/**
 * Plans the outputs. Without `out`: NAME.unblurred.EXT beside each input. With a folder as `out`: NAME.EXT in it, in
 * the subfolder where the photo was found. With a file as `out`: that file, for one input only. Several samples have a
 * number before the ending, from 1. HEIC becomes JPEG. Photos whose outputs would have one name get names of their own
 * (`withOwnNames`). Throws `argument` if `out` has an ending that is not supported, differs from `format`, or is one file
 * for several inputs; `file` if its folder is not writable.
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
  const planOf = ({ path: input }: FoundPhoto, { below, stem }: OwnName): OutputPlan => {
    const ending = endingFor(input, format);
    const besideInput = () => named(dirname(input), stem, `.unblurred${ending}`);
    const path = out === undefined ? besideInput() : fileFormat ? out : named(join(out, below), stem, ending);
    return {
      ...{ input, outputs: numbered(path, samples) },
      format: fileFormat ?? format ?? (isHeicPath(input) ? "jpeg" : null),
      summary: summary && samples > 1 ? summaryPaths(path) : null,
      kernels: check ? namesAfter(path)(".kernels.json").replace(/json$/, "png") : null,
    };
  };
  const { plans, renamed } = withOwnNames(photos, planOf, out !== undefined);
  if (out !== undefined && plans[0]) checkFolder(fileFormat ? dirname(out) : out);
  const planned = withoutClashes(plans);
  return { ...planned, renamed: renamed.filter((plan) => planned.plans.includes(plan)) };
}

/** Subfolder and stem of the names of a photo's outputs. */
interface OwnName {
  readonly below: string;
  readonly stem: string;
}

/** Photos whose outputs have a file in common, as indices. */
function rivals(plans: readonly OutputPlan[]): readonly (readonly number[])[] {
  const owners = new Map<string, number[]>();
  for (const [index, plan] of plans.entries())
    for (const file of filesOf(plan)) {
      const key = identity(file);
      owners.set(key, [...(owners.get(key) ?? []), index]);
    }
  return [...owners.values()].filter((group) => group.length > 1);
}

/**
 * Plans photos so that no two have an output in common:
 *
 * 1. Of photos of one folder that differ in their endings, those whose ending changes keep it in the name: a.heic gives
 *    a.heic.unblurred.jpg where a.jpg gives a.unblurred.jpg. If not exactly one of them keeps its ending, all do.
 * 2. Photos of several folders that were named by themselves get a subfolder with the name of their folder, as if the
 *    folders had been named.
 * 3. Of what is left, such as names that differ only beyond the longest that a disk takes, the second gets "-2".
 *
 * The first two do not depend on the order of the photos, so a second run finds the outputs of the first.
 */
function withOwnNames(
  photos: readonly FoundPhoto[],
  planOf: (photo: FoundPhoto, name: OwnName) => OutputPlan,
  intoFolder: boolean,
): { readonly plans: readonly OutputPlan[]; readonly renamed: readonly OutputPlan[] } {
  const names = photos.map(({ path, below }): OwnName => ({ below, stem: basename(path, extname(path)) }));
  const plans = photos.map((photo, k) => planOf(photo, names[k]!));
  const changed = new Set<number>();
  const rename = (k: number, change: Partial<OwnName>): void => {
    names[k] = { ...names[k]!, ...change };
    plans[k] = planOf(photos[k]!, names[k]!);
    changed.add(k);
  };
  const path = (k: number): string => photos[k]!.path;

  const byEnding = (group: readonly number[]): void => {
    for (const folder of new Set(group.map((k) => dirname(path(k))))) {
      const here = group.filter((k) => dirname(path(k)) === folder);
      if (new Set(here.map(path)).size < 2) continue;
      const keep = here.filter((k) => extname(plans[k]!.outputs[0]!) === extname(path(k)));
      for (const k of here) if (keep.length !== 1 || k !== keep[0]) rename(k, { stem: basename(path(k)) });
    }
  };
  const byFolder = (group: readonly number[]): void => {
    if (!intoFolder || new Set(group.map((k) => dirname(resolve(path(k))))).size < 2) return;
    for (const k of group) if (photos[k]!.below === "") rename(k, { below: basename(dirname(resolve(path(k)))) });
  };
  const byNumber = (group: readonly number[]): void => {
    for (const [at, k] of group.entries())
      if (at > 0) rename(k, { stem: `${cut(names[k]!.stem, MAX_NAME_BYTES - ENDING_BYTES)}-${at + 1}` });
  };
  for (const distinguish of [byEnding, byFolder, byNumber]) {
    const groups = rivals(plans);
    if (groups.length === 0) break;
    for (const group of groups) distinguish(group);
  }
  return { plans, renamed: [...changed].sort((a, b) => a - b).map((k) => plans[k]!) };
}

/** Beside the picture `path` of the kernels: the kernels themselves, for `--kernel`. */
export const kernelsTextOf = (path: string): string => path.replace(/\.png$/, ".json");

/** All files that are written for one input. */
export const filesOf = ({
  outputs,
  summary,
  kernels,
}: Pick<OutputPlan, "outputs" | "summary" | "kernels">): string[] => [
  ...outputs,
  ...Object.values(summary ?? {}),
  ...(kernels === null ? [] : [kernels, kernelsTextOf(kernels)]),
];

function withoutClashes(all: readonly OutputPlan[]): Omit<PlannedOutputs, "renamed"> {
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
