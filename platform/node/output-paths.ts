/** @file Which file each picture's restorations are written to, decided before any work, so that nothing is lost by surprise. */
import { realpathSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { UnblurError } from "../../src/base/errors.js";
import { formatFromPath, IMAGE_FORMATS, type ImageFormat, otherPictureEnding } from "../../src/images/photo.js";
import { checkFolder, isFolder } from "./check-folder.js";

const ENDINGS = Object.values(IMAGE_FORMATS)
  .map(({ extensions }) => extensions[0])
  .join(", ");

export interface OutputPlan {
  readonly input: string;
  /** One for each sample. */
  readonly outputs: readonly string[];
  /** The format the output's name asks for; null: the same as the input's. */
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

/** "a/b.jpg", 2 -> "a/b.2.jpg". */
function numbered(path: string, samples: number): string[] {
  if (samples === 1) return [path];
  const ending = extname(path);
  const stem = path.slice(0, path.length - ending.length);
  return Array.from({ length: samples }, (_, k) => `${stem}.${k + 1}${ending}`);
}

/** "a/b.jpg" -> "a/b.mean.jpg" and others. */
function summaryPaths(path: string): SummaryPaths {
  const ending = extname(path);
  const stem = path.slice(0, path.length - ending.length);
  return {
    mean: `${stem}.mean${ending}`,
    uncertainty: `${stem}.uncertainty.png`,
    deviation: `${stem}.uncertainty.tiff`,
    contact: `${stem}.samples.png`,
    sheet: `${stem}.samples.html`,
  };
}

/**
 * Without `out`: NAME.unblurred.EXT beside each input. `out` a folder: NAME.EXT in it. `out` a file: that file, for one
 * input only. Several samples: a number before the ending, from 1. Throws `argument` where an output would be an input,
 * or that of two inputs, or `out` asks for a format that is not written; `file` where its folder cannot be written to.
 */
export function planOutputs(
  inputs: readonly string[],
  { out, samples = 1, summary = false, check = false }: OutputOptions = {},
): OutputPlan[] {
  const file = out === undefined || isFolder(out) || /[/\\]$/.test(out) ? undefined : out;
  const format = file === undefined ? undefined : formatFromPath(file);
  const unknown = file === undefined ? undefined : otherPictureEnding(file);
  if (unknown)
    throw new UnblurError(
      "argument",
      `out "${out}": expected a name that ends in ${ENDINGS}, got ${unknown}; for a folder of that name write "${out}/"`,
    );
  if (format && inputs.length > 1)
    throw new UnblurError(
      "argument",
      `out "${out}": expected a folder for ${inputs.length} pictures, got the name of one picture`,
    );
  const plans = inputs.map((input): OutputPlan => {
    const ending = extname(input);
    const beside = join(dirname(input), `${basename(input, ending)}.unblurred${ending}`);
    const path = out === undefined ? beside : format ? out : join(out, basename(input));
    return {
      ...{ input, outputs: numbered(path, samples), format: format ?? null },
      summary: summary && samples > 1 ? summaryPaths(path) : null,
      kernels: check ? `${path.slice(0, path.length - extname(path).length)}.kernels.png` : null,
    };
  });
  refuseClashes(plans);
  if (out !== undefined) checkFolder(dirname(plans[0]!.outputs[0]!));
  return plans;
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

function refuseClashes(plans: readonly OutputPlan[]): void {
  const inputs = new Map(plans.map(({ input }) => [identity(input), input]));
  const owners = new Map<string, string>();
  for (const plan of plans) {
    const { input } = plan;
    for (const output of filesOf(plan)) {
      const file = identity(output);
      const overwritten = inputs.get(file);
      if (overwritten !== undefined)
        throw new UnblurError("argument", `"${output}" would overwrite the input "${overwritten}"; choose another out`);
      const other = owners.get(file);
      if (other !== undefined)
        throw new UnblurError(
          "argument",
          `"${other}" and "${input}" would both be written to "${output}"; restore them one after the other, to different folders`,
        );
      owners.set(file, input);
    }
  }
}
