/**
 * @file The file model.json of a TensorFlow.js model: the files of the weights, and of a graph model the nodes with
 * their attributes. The layers of a layers model are not read: names and shapes of its weights identify the network.
 */
import * as z from "zod";
import { UnblurError } from "../../base/errors.js";
import { parseJson } from "../../base/parse-json.js";

/** Protocol buffers in JSON write 64-bit integers as text; a field with its type's default value may be omitted. */
const int = z.union([z.int(), z.string().regex(/^-?\d+$/)]).transform(Number);
const list = z.object({ i: z.array(int).optional(), f: z.array(z.number()).optional() });
const attribute = z.object({
  i: int.optional(),
  f: z.number().optional(),
  b: z.boolean().optional(),
  /** Base64. */
  s: z.string().optional(),
  type: z.string().optional(),
  list: list.optional(),
});

const node = z.object({
  name: z.string().min(1),
  op: z.string().min(1),
  input: z.array(z.string()).default([]),
  attr: z.record(z.string(), attribute).default({}),
});

const shape = z.array(z.int().min(0)).max(8);
const weight = z.object({
  name: z.string().min(1),
  shape,
  dtype: z.enum(["float32", "int32", "bool"]),
  quantization: z
    .object({
      dtype: z.enum(["uint8", "uint16", "float16"]),
      scale: z.number().optional(),
      min: z.number().optional(),
    })
    .optional(),
});
export type WeightEntry = z.infer<typeof weight>;

/** A file in the same folder, never elsewhere. */
const shard = z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/, "expected the name of a file beside model.json");
const group = z.object({ paths: z.array(shard), weights: z.array(weight) });
export type WeightGroup = z.infer<typeof group>;

const ends = z.record(z.string(), z.object({ name: z.string() }));

const modelJsonSchema = z.object({
  format: z.literal("graph-model"),
  signature: z.object({ inputs: ends, outputs: ends }),
  modelTopology: z.object({ node: z.array(node).min(1) }),
  weightsManifest: z.array(group),
});
export type ModelJson = z.infer<typeof modelJsonSchema>;

const layersJsonSchema = z.object({ format: z.literal("layers-model"), weightsManifest: z.array(group) });

/** Throws `checkpoint` for a file that does not describe a graph model. */
export const parseModelJson = (text: string, where: string): ModelJson =>
  parsed(modelJsonSchema, text, where, "graph model");

/** Throws `checkpoint` for a file that does not describe a layers model. */
export const parseLayersJson = (text: string, where: string): z.infer<typeof layersJsonSchema> =>
  parsed(layersJsonSchema, text, where, "layers model");

function parsed<S extends z.ZodType>(schema: S, text: string, where: string, kind: string): z.output<S> {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (cause) {
    throw new UnblurError("checkpoint", `${where}: not JSON (${String(cause)})`, { cause });
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  throw new UnblurError(
    "checkpoint",
    `${where}: expected a TensorFlow.js ${kind}; at ${first!.path.join(".") || "the top"}: ${first!.message}`,
  );
}
