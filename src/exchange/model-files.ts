/**
 * @file A model as files: model.json (what it is) and one safetensors file for each part (its weights). The same in a folder, in a
 * package or behind a URL: whoever reads says how.
 */
import * as z from "zod";
import { UnblurError } from "../base/errors.js";
import { oneLine } from "../base/one-line.js";
import { problemsOf } from "../base/problems.js";
import type { Ranges } from "../graph/integers/forms.js";
import { createNetwork } from "../networks/catalog.js";
import type { Parameter, Weights } from "../nn/parameters.js";
import { type ModelConfig, modelConfigSchema, PARTS, type Part } from "../restoration/model-config.js";
import type { Model } from "../restoration/model-restorer.js";
import { encodeSafetensors, parseSafetensors, type StoredTensors } from "./safetensors.js";

export const MODEL_FILE = "model.json";
export const weightsFile = (part: Part): string => `${part}.safetensors`;

export const modelFileSchema = z.strictObject({
  format: z.literal("unblur model 1"),
  name: z.string().min(1),
  summary: z.string().describe("one sentence for lists"),
  license: z.string(),
  model: modelConfigSchema,
});
export type ModelFile = z.infer<typeof modelFileSchema>;

/** A description takes some kilobytes. */
const MOST_TEXT = 2 ** 20;

/** Validates with a message that names every field that is wrong. */
export function parseModelFile(text: string, where: string): ModelFile {
  if (text.length > MOST_TEXT)
    throw new UnblurError("config", `${where}: expected at most 1 MB of text, got ${text.length} characters`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new UnblurError("config", `${where}: not JSON (${String(cause)})`, { cause });
  }
  const result = modelFileSchema.safeParse(json);
  if (!result.success) throw new UnblurError("config", `${where}: ${problemsOf(result.error)}`);
  return result.data;
}

export interface PartContent {
  readonly weights: Weights;
  /** Null where none were measured. */
  readonly ranges: Ranges | null;
}

/** A part from its file's bytes; names and shapes must be the network's. */
export function parsePart(parameters: readonly Parameter[], bytes: Uint8Array, where: string): PartContent {
  const { tensors, metadata } = parseSafetensors(bytes, where);
  const weights = new Map(
    parameters.map(({ label, shape }) => {
      const tensor = tensors.get(label);
      if (!(tensor?.data instanceof Float32Array) || tensor.shape.join() !== shape.join()) {
        throw new UnblurError(
          "checkpoint",
          `${where}: expected "${label}" [${shape}], got ${tensor ? `${tensor.dtype} [${tensor.shape}]` : "nothing"}; it is of another network than its model.json says`,
        );
      }
      return [label, tensor.data];
    }),
  );
  return { weights, ranges: metadata[RANGES] === undefined ? null : parseRanges(metadata[RANGES], where) };
}

/** Its weights alone. */
export const parseWeights = (...from: Parameters<typeof parsePart>): Weights => parsePart(...from).weights;

/** The entry of a weights file's metadata that holds the ranges of the network's values, as JSON. */
const RANGES = "ranges";

const rangesSchema = z.record(
  z.string(),
  z.tuple([z.number(), z.number()]).refine(([least, most]) => least <= most, "the least value first"),
);

function parseRanges(text: string, where: string): Ranges {
  try {
    return new Map(Object.entries(rangesSchema.parse(JSON.parse(text))));
  } catch (cause) {
    throw new UnblurError(
      "checkpoint",
      `${where}: expected "${RANGES}" in the metadata to be pairs of numbers by name (${oneLine(String(cause)).slice(0, 80)}); copy the model again`,
      { cause },
    );
  }
}

/** Metadata with ranges in it. */
export const rangesMetadata = (ranges: Ranges | null | undefined): Readonly<Record<string, string>> =>
  ranges ? { [RANGES]: JSON.stringify(Object.fromEntries(ranges)) } : {};

/** What a part's file holds. Half precision halves the size; values are read back as float32. */
export const storedWeights = (
  parameters: readonly Parameter[],
  weights: Weights,
  dtype: "F32" | "F16",
  metadata: Readonly<Record<string, string>>,
): StoredTensors => ({
  tensors: new Map(parameters.map(({ label, shape }) => [label, { dtype, shape, data: weights.get(label)! }])),
  metadata,
});

/** The bytes of a part's file. */
export const encodeWeights = (...content: Parameters<typeof storedWeights>): Uint8Array =>
  encodeSafetensors(storedWeights(...content));

/** Reads a model; `read` gives the bytes of one of its files. */
export async function readModel(read: (file: string) => Promise<Uint8Array>, where: string): Promise<Model> {
  const { name, model } = parseModelFile(new TextDecoder().decode(await read(MODEL_FILE)), `${where}/${MODEL_FILE}`);
  return { name, config: model, ...(await readParts(model, read, where)) };
}

/** The weights of every part the model has, and the ranges of those that have them. */
async function readParts(
  model: ModelConfig,
  read: (file: string) => Promise<Uint8Array>,
  where: string,
): Promise<Required<Pick<Model, "weights" | "ranges">>> {
  const weights: Partial<Record<Part, Weights>> = {};
  const ranges: Partial<Record<Part, Ranges>> = {};
  for (const part of PARTS) {
    const config = model[part];
    if (!config) continue;
    const file = weightsFile(part);
    const content = parsePart(createNetwork(config.network).parameters, await read(file), `${where}/${file}`);
    weights[part] = content.weights;
    if (content.ranges) ranges[part] = content.ranges;
  }
  return { weights, ranges };
}
