/** @file A graph made for one size as a restorer of photos of any size, in tiles. */
import * as z from "zod";
import { argumentError, shapeError, throwIfCancelled, UnblurError } from "../base/errors.js";
import { boundaryIndices } from "../images/boundary.js";
import type { Planes } from "../images/image.js";
import { floatResult, floats, type Runtime, type Session } from "../runtime/session.js";
import { oneAtATime } from "./one-at-a-time.js";
import type { RestoreOptions, Restorer } from "./restorer.js";
import { tileStarts, tileWeights } from "./tiles.js";

export const GRAPH_FILE = "graph.onnx";

/** model.json of a model that is a graph rather than a network of ours. Its input and result are [1, side, side, 3] in [0, 1]. */
export const graphFileSchema = z
  .strictObject({
    format: z.literal("unblur graph model 1"),
    name: z.string().min(1),
    summary: z.string(),
    license: z.string(),
    side: z.int().min(1).describe("pixels"),
    overlap: z.int().min(1).describe("pixels that neighbouring tiles share at least"),
  })
  .refine(({ side, overlap }) => 2 * overlap <= side, "expected tiles that overlap by half their side at most");
export type GraphFile = z.infer<typeof graphFileSchema>;

/** The description, if the text is that of a graph; undefined if it is of another format, which others read. */
export function parseGraphFile(text: string, where: string): GraphFile | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if ((json as { format?: unknown } | null)?.format !== "unblur graph model 1") return undefined;
  const result = graphFileSchema.safeParse(json);
  if (!result.success) throw new UnblurError("config", `${where}: ${z.prettifyError(result.error)}`);
  return result.data;
}

/** `model`: the bytes of its ONNX file. Release the restorer when done; it holds native memory. */
export function createTiledRestorer({ name, side, overlap }: GraphFile, model: Uint8Array, runtime: Runtime): Restorer {
  const shape = [1, side, side, 3];
  let session: Session | null = null;
  return oneAtATime({
    name,
    steps: 0,
    diffuses: false,
    async restore(photo, options = {}) {
      check(name, photo, options);
      const { width, height } = photo;
      session ??= await runtime.open({
        model,
        inputs: [{ name: "image", dtype: "float32", shape }],
        outputs: [{ name: "result", dtype: "float32", shape }],
      });
      const sum = new Float32Array(3 * width * height);
      const total = new Float32Array(width * height);
      const tiles = tileStarts(height, side, overlap).flatMap((y) =>
        tileStarts(width, side, overlap).map((x) => ({ x, y })),
      );
      for (const [done, { x, y }] of tiles.entries()) {
        throwIfCancelled(options.signal, "restore");
        const results = await session.run({ image: floats(cut(photo, x, y, side), shape) });
        const tile = { x, y, side, data: floatResult(results, "result") };
        const columns = tileWeights(x, width, side, overlap);
        blend(sum, total, tile, { columns, rows: tileWeights(y, height, side, overlap) }, photo);
        options.onProgress?.({ done: done + 1, total: tiles.length, stage: "predicting" });
      }
      for (let i = 0; i < sum.length; i++)
        sum[i] = Math.max(-1, Math.min(1, (2 * sum[i]!) / total[i % total.length]! - 1));
      const restored = { width, height, channels: 3, data: sum };
      return { restored, samples: [restored] };
    },
    async release() {
      const open = session;
      session = null;
      await open?.release();
    },
  });
}

function check(name: string, { channels, width, height, data }: Planes, options: RestoreOptions): void {
  if (channels !== 3 || data.length !== 3 * width * height)
    throw shapeError(
      "restore: photo",
      "[3, height, width]",
      `[${channels}, ${height}, ${width}] with ${data.length} values`,
    );
  const { steps = 0, samples = 1, sampler } = options;
  if (steps !== 0 || samples !== 1 || sampler)
    throw argumentError(
      "restore",
      `model "${name}" has no diffusion: it offers 0 steps, 1 sample and no sampler`,
      `${steps} steps, ${samples} samples`,
    );
}

/** Rows of interleaved pixels in [0, 1]; a photo smaller than the tile is its own mirror image beyond its right and bottom edge. */
function cut({ width, height, data }: Planes, x: number, y: number, side: number): Float32Array {
  const columns = boundaryIndices("reflect", width, 0, Math.max(0, side - width));
  const rows = boundaryIndices("reflect", height, 0, Math.max(0, side - height));
  const tile = new Float32Array(3 * side * side);
  let at = 0;
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const from = rows[y + row]! * width + columns[x + column]!;
      for (let c = 0; c < 3; c++) tile[at++] = (data[c * width * height + from]! + 1) / 2;
    }
  return tile;
}

function blend(
  sum: Float32Array,
  total: Float32Array,
  { x, y, side, data }: { readonly x: number; readonly y: number; readonly side: number; readonly data: Float32Array },
  { rows, columns }: { readonly rows: Float32Array; readonly columns: Float32Array },
  { width, height }: Planes,
): void {
  const [bottom, right] = [Math.min(side, height - y), Math.min(side, width - x)];
  for (let row = 0; row < bottom; row++)
    for (let column = 0; column < right; column++) {
      const weight = rows[row]! * columns[column]!;
      const to = (y + row) * width + x + column;
      total[to]! += weight;
      for (let c = 0; c < 3; c++) sum[c * total.length + to]! += weight * data[(row * side + column) * 3 + c]!;
    }
}
