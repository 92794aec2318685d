/**
 * @file The files of a model: model.json (its description) and one safetensors file per part (its weights). They are
 * the same in a folder, in a package or behind a URL; the caller provides the reading.
 */
import * as z from "zod";
import { UnblurError } from "../base/errors.js";
import { oneLine } from "../base/one-line.js";
import { parseJson } from "../base/parse-json.js";
import { problemsOf } from "../base/problems.js";
import type { Ranges } from "../graph/integers/forms.js";
import { createNetwork } from "../networks/catalog.js";
import type { Parameter, Weights } from "../nn/parameters.js";
import { type ModelConfig, modelConfigSchema, PARTS, type Part } from "../restoration/model-config.js";
import type { Model } from "../restoration/restorer.js";
import { eightBitsOf, floatsOf } from "./eight-bit.js";
import {
  encodeSafetensors,
  parseSafetensors,
  type SafetensorsHeader,
  type StoredTensor,
  type StoredTensors,
} from "./safetensors.js";

export const MODEL_FILE = "model.json";
export const weightsFile = (part: Part): string => `${part}.safetensors`;

export const modelFileSchema = z.strictObject({
  format: z.literal("unblur model 1"),
  name: z.string().min(1).max(100),
  summary: z.string().describe("one sentence for lists"),
  license: z.string(),
  model: modelConfigSchema,
});
export type ModelFile = z.infer<typeof modelFileSchema>;

/** Limit of a description's characters; a typical one takes a few kilobytes. */
const MAX_TEXT = 2 ** 20;

/** Parses and validates model.json. Throws `config` with every wrong field. */
export function parseModelFile(text: string, where: string): ModelFile {
  if (text.length > MAX_TEXT)
    throw new UnblurError("config", `${where}: expected at most 1 MB of text, got ${text.length} characters`);
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (cause) {
    throw new UnblurError("config", `${where}: not JSON (${String(cause)})`, { cause });
  }
  const result = modelFileSchema.safeParse(json);
  if (!result.success) throw new UnblurError("config", `${where}: ${problemsOf(result.error)}`);
  return result.data;
}

export interface PartContent {
  readonly weights: Weights;
  /** Value ranges; null if none were measured. */
  readonly ranges: Ranges | null;
}

/**
 * Parses a part from its file's bytes. Throws `checkpoint` unless names and shapes are the network's and all
 * values finite.
 */
export function parsePart(parameters: readonly Parameter[], bytes: Uint8Array, where: string): PartContent {
  const { tensors, metadata } = parseSafetensors(bytes, where);
  const weights = new Map(
    parameters.map(({ label, shape }) => {
      const tensor = inFloats(label, tensors);
      if (!(tensor?.data instanceof Float32Array) || tensor.shape.join() !== shape.join()) {
        throw wrongTensor({ label, shape }, tensor, where);
      }
      if (!allFinite(tensor.data))
        throw new UnblurError(
          "checkpoint",
          `${where}: "${label}" holds numbers that are not finite; get the file again, or train anew with a lower rate`,
        );
      return [label, tensor.data];
    }),
  );
  return { weights, ranges: metadata[RANGES] === undefined ? null : parseRanges(metadata[RANGES], where) };
}

const wrongTensor = (
  { label, shape }: Pick<Parameter, "label" | "shape">,
  tensor: Pick<StoredTensor, "dtype" | "shape"> | undefined,
  where: string,
): UnblurError =>
  new UnblurError(
    "checkpoint",
    `${where}: expected "${label}" [${shape}], got ${tensor ? `${tensor.dtype} [${tensor.shape}]` : "nothing"}; it is of another network than its model.json says`,
  );

/** Throws `checkpoint` unless a part's file, by its header, holds the network's parameters. The values are not read. */
export function checkPartHeader(parameters: readonly Parameter[], { entries }: SafetensorsHeader, where: string): void {
  for (const parameter of parameters) {
    const entry = entries.get(parameter.label);
    if (entry?.shape.join() !== parameter.shape.join()) throw wrongTensor(parameter, entry, where);
  }
}

/** Whether no value is NaN or infinite: only those differ from 0 when subtracted from themselves. */
export function allFinite(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (values[i]! - values[i]! !== 0) return false;
  return true;
}

/** The weights of a part, without its ranges. */
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

/** Storage format of a part's values: float32, half precision or signed bytes. All are read back as float32. */
export type StoredPrecision = "F32" | "F16" | "I8";

/**
 * Smallest tensor stored in signed bytes. "I8" stores smaller ones, such as biases and gains, in half precision,
 * because they need the digits.
 */
const FEWEST_BYTES = 1024;

const scaleLabel = (label: string): string => `${label}.scale`;

/** The stored tensors of a parameter: itself, and in "I8" the scales of its rows. */
function storedParameter(
  { label, shape }: Parameter,
  data: Float32Array,
  precision: StoredPrecision,
): readonly (readonly [string, StoredTensor])[] {
  if (precision === "F32") return [[label, { dtype: "F32", shape, data }]];
  if (precision === "F16" || shape.length < 2 || data.length < FEWEST_BYTES)
    return [[label, { dtype: "F16", shape, data }]];
  const { bytes, scales } = eightBitsOf(data, shape[0]!);
  return [
    [label, { dtype: "I8", shape, data: bytes }],
    [scaleLabel(label), { dtype: "F32", shape: [shape[0]!], data: scales }],
  ];
}

/** The parameter's tensor in float32; signed bytes are multiplied by the scales of their rows. */
function inFloats(label: string, tensors: StoredTensors["tensors"]): StoredTensor | undefined {
  const tensor = tensors.get(label);
  const scales = tensors.get(scaleLabel(label));
  if (!(tensor?.data instanceof Int8Array) || !(scales?.data instanceof Float32Array)) return tensor;
  if (scales.data.length !== tensor.shape[0]) return tensor;
  return { ...tensor, dtype: "F32", data: floatsOf({ bytes: tensor.data, scales: scales.data }) };
}

/** The tensors and metadata of a part's file. */
export const storedWeights = (
  parameters: readonly Parameter[],
  weights: Weights,
  precision: StoredPrecision,
  metadata: Readonly<Record<string, string>>,
): StoredTensors => ({
  tensors: new Map(
    parameters.flatMap((parameter) => storedParameter(parameter, weights.get(parameter.label)!, precision)),
  ),
  metadata,
});

/** The bytes of a part's file. */
export const encodeWeights = (...content: Parameters<typeof storedWeights>): Uint8Array =>
  encodeSafetensors(storedWeights(...content));

/** A model that has been described; its weights, which are most of its bytes, are read with `load`. */
export interface DescribedModel extends Pick<Model, "name" | "config"> {
  /** Throws `checkpoint` for weights that are missing or another network's. */
  load(): Promise<Model>;
}

/** Reads a model's description; `read` returns the bytes of one of its files. Throws `config` for a wrong one. */
export async function readDescription(
  read: (file: string) => Promise<Uint8Array>,
  where: string,
): Promise<DescribedModel> {
  const { name, model } = parseModelFile(new TextDecoder().decode(await read(MODEL_FILE)), `${where}/${MODEL_FILE}`);
  return { name, config: model, load: async () => ({ name, config: model, ...(await readParts(model, read, where)) }) };
}

/** Reads a model with its weights. */
export const readModel = async (...from: Parameters<typeof readDescription>): Promise<Model> =>
  (await readDescription(...from)).load();

/** Reads the weights of every part of the model, and the ranges of the parts that have them. */
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
