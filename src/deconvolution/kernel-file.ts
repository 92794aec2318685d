/** @file Kernel files: unblur's own JSON, text with one row of numbers per line, and pictures from other programs. */
import * as z from "zod";
import { UnblurError } from "../base/errors.js";
import { parseJson } from "../base/parse-json.js";
import { problemsOf } from "../base/problems.js";
import { type Kernel, normalisedKernel, trimmedKernel } from "../blur/kernel.js";
import type { Raster } from "../images/image.js";
import { depthOf, hasAlpha, isGrey } from "../images/pixels.js";
import { RESPONSES } from "./hypotheses/response.js";
import type { KnownBlur } from "./known-blur.js";

const KERNELS_FORMAT = "unblur kernels 1";

const kernelSchema = z.strictObject({
  width: z.int().min(1).max(255),
  height: z.int().min(1).max(255),
  data: z.array(z.number().nonnegative()).min(1),
});

/** Kernels in the JSON that `--check` writes and `--kernel` reads. */
const kernelsSchema = z.strictObject({
  format: z.literal(KERNELS_FORMAT),
  columns: z.int().min(1).max(1000),
  rows: z.int().min(1).max(1000),
  response: z.enum(RESPONSES),
  /** Row by row; null where there is no blur. */
  kernels: z.array(kernelSchema.nullable()).min(1),
});

const IDENTITY: Kernel = { width: 1, height: 1, data: Float64Array.of(1) };

/** Pads an even side by a row or column of zeros at its end, which keeps the centre. */
function oddKernel({ width, height, data }: Kernel): Kernel {
  const [w, h] = [width + 1 - (width % 2), height + 1 - (height % 2)];
  const out = new Float64Array(w * h);
  for (let y = 0; y < height; y++) out.set(data.subarray(y * width, (y + 1) * width), y * w);
  return { width: w, height: h, data: out };
}

const usable = (kernel: Kernel, where: string): Kernel => normalisedKernel(trimmedKernel(oddKernel(kernel)), where);

const single = (kernel: Kernel, where: string): KnownBlur => ({
  ...{ kernels: [usable(kernel, where)], columns: 1, rows: 1 },
  // Other programs and measurements describe how light was spread.
  response: "gamma2.2",
});

/** Parses kernels. Throws `file` for a text that is neither JSON of unblur's kernels nor rows of numbers. */
export function blurFromText(text: string, where: string): KnownBlur {
  if (!text.trimStart().startsWith("{")) return single(kernelFromRows(text, where), where);
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (cause) {
    throw new UnblurError("file", `${where}: not JSON (${String(cause)}); give the file that --check wrote`, { cause });
  }
  const result = kernelsSchema.safeParse(json);
  if (!result.success) throw new UnblurError("file", `${where}: not kernels of unblur: ${problemsOf(result.error)}`);
  const { kernels, columns, rows, response } = result.data;
  if (kernels.length !== columns * rows)
    throw new UnblurError("file", `${where}: expected ${columns} x ${rows} kernels, got ${kernels.length}`);
  return {
    ...{ columns, rows, response },
    kernels: kernels.map((kernel, i) => {
      if (kernel === null) return IDENTITY;
      const { width, height, data } = kernel;
      if (data.length !== width * height)
        throw new UnblurError("file", `${where}: kernel ${i} has ${data.length} values for ${width} x ${height}`);
      return usable({ width, height, data: Float64Array.from(data) }, where);
    }),
  };
}

/** Numbers between spaces, commas, semicolons or tabs. */
function kernelFromRows(text: string, where: string): Kernel {
  const rows = text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .map((line) =>
      line
        .trim()
        .split(/[\s,;]+/)
        .filter(Boolean)
        .map(Number),
    );
  const width = rows[0]?.length ?? 0;
  if (width === 0 || rows.some((row) => row.length !== width || !row.every(Number.isFinite)))
    throw new UnblurError("file", `${where}: expected a kernel as rows of equally many numbers, or as a picture`);
  return { width, height: rows.length, data: Float64Array.from(rows.flat()) };
}

/** Other programs draw light on black, so opposite corners of the picture are black. */
const LIGHT_BORDER = 0.5;

/**
 * Kernel from the mean of the colours, taken as linear. Throws `argument` for a picture without light, and for one that
 * is dark on light.
 */
export function blurFromPicture(raster: Raster, where: string): KnownBlur {
  const { width, height, data } = raster;
  const colours = isGrey(raster) ? 1 : 3;
  const stride = colours + (hasAlpha(raster) ? 1 : 0);
  const white = depthOf(raster) === 16 ? 65535 : 255;
  const values = Float64Array.from({ length: width * height }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < colours; c++) sum += data[i * stride + c]! / white;
    return sum / colours;
  });
  const border = values.filter((_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return x === 0 || y === 0 || x === width - 1 || y === height - 1;
  });
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  const light = border.reduce((sum, value) => sum + value, 0) / border.length;
  if (values.length > 1 && light > LIGHT_BORDER * most && values.some((value) => value < light / 2))
    throw new UnblurError("argument", `${where}: expected a kernel drawn light on black, got dark on light; invert it`);
  return single({ width, height, data: values }, where);
}

/** JSON of kernels by cells; null: no blur. */
export function textOfKernels(
  cells: readonly { readonly left: number; readonly top: number; readonly kernel: Kernel | null }[],
): string {
  const columns = new Set(cells.map(({ left }) => left)).size;
  const rows = new Set(cells.map(({ top }) => top)).size;
  const kernels = cells.map(({ kernel }) => {
    if (!kernel) return null;
    const { width, height, data } = kernel;
    return { width, height, data: Array.from(data, (value) => Number(value.toPrecision(6))) };
  });
  // `reblur` fits the values of the pictures.
  return `${JSON.stringify({ format: KERNELS_FORMAT, columns, rows, response: "encoded", kernels })}\n`;
}
