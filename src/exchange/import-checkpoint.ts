/**
 * @file Converts the tensors of a published checkpoint to a model: its network, its weights, and the use of each
 * tensor.
 */
import { UnblurError } from "../base/errors.js";
import { problemsOf } from "../base/problems.js";
import type { ScheduleConfig } from "../diffusion/schedule-catalog.js";
import type { NetworkConfig } from "../networks/catalog.js";
import type { Network } from "../networks/network.js";
import { type ModelConfig, modelConfigSchema, type Part, scaleOf } from "../restoration/model-config.js";
import { checksum } from "./checksum.js";
import type { CheckpointContent, CheckpointTensor } from "./content.js";
import { allFinite } from "./model-files.js";
import { isDiffusion, publishedDiffusion, scheduleOf } from "./published-diffusion.js";
import { recogniseNetwork } from "./recognition/catalog.js";
import { CheckpointShapes } from "./recognition/shapes.js";

/** Settings that the checkpoint does not determine, given by the importing user. */
export interface ImportHints {
  /** Settings of the network. */
  readonly network?: Readonly<Record<string, unknown>>;
  readonly schedule?: ScheduleConfig;
}

export interface ImportedModel {
  readonly config: ModelConfig;
  readonly part: Part;
  readonly network: Network;
  readonly networkConfig: NetworkConfig;
  /** Schedule of a diffusion. */
  readonly schedule: ScheduleConfig | null;
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** Each imported parameter: its type in the checkpoint and the checksum of its values in float32. */
  readonly tensors: readonly ImportedTensor[];
  /** Settings assumed as published, because the checkpoint does not determine them: name and value. */
  readonly assumed: Readonly<Record<string, unknown>>;
  /** Tensors and other entries that are not in the model, each with the reason. */
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
}

export interface ImportedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly checksum: string;
}

export const checksumOfFloats = ({ buffer, byteOffset, byteLength }: Float32Array): string =>
  checksum([new Uint8Array(buffer, byteOffset, byteLength)]);

/**
 * Converts a checkpoint. Throws `checkpoint` for tensors of an unknown network, or of one that does not restore photos.
 */
export function importCheckpoint(content: CheckpointContent, where: string, given: ImportHints = {}): ImportedModel {
  const { tensors, buffers } = content;
  const shapes = new CheckpointShapes(
    new Map([...tensors].map(([name, { shape }]) => [name, shape])),
    (name) => tensors.get(name)?.values[0] ?? Number.NaN,
  );
  const { config: networkConfig, network, assumed } = recogniseNetwork(shapes, where, given.network);
  checkAliases(network, tensors, where);
  const own = network.parameters.map(({ label }) => ({ name: label, ...tensors.get(label)! }));
  for (const { name, values } of own)
    if (!allFinite(values))
      throw new UnblurError("checkpoint", `${where}: "${name}" holds numbers that are not finite; its training failed`);

  // A line for each of hundreds of names would hide the rest of the report.
  const several = new Set(network.aliases?.values()).size > 1;
  const diffuses = isDiffusion(networkConfig);
  const found = diffuses ? scheduleOf(networkConfig.architecture, buffers, given.schedule, where) : null;
  const settings: Record<string, unknown> = { ...networkConfig };
  return {
    config: modelOf(networkConfig, found?.schedule ?? null, where),
    part: diffuses ? "diffusion" : "predictor",
    ...{ network, networkConfig },
    schedule: found?.schedule ?? null,
    weights: new Map(own.map(({ name, values }) => [name, values])),
    tensors: own.map(({ name, shape, dtype, values }) => ({ name, shape, dtype, checksum: checksumOfFloats(values) })),
    assumed: {
      ...Object.fromEntries(assumed.map((name) => [name, settings[name]])),
      ...(found?.by === "assumed" ? { schedule: found.schedule } : {}),
    },
    leftOut: [
      ...[...(network.aliases ?? [])]
        .filter(([alias]) => tensors.has(alias))
        .map(([name, label]) => ({
          name,
          why: `another name of ${several ? "a parameter" : label}, with the same numbers`,
        })),
      ...[...buffers.keys()].map((name) => ({
        name,
        why: diffuses ? "of the schedule, which is computed anew" : "belongs to no layer",
      })),
      ...content.passedOver.map((name) => ({ name, why: "lies beside the weights" })),
    ],
  };
}

function modelOf(network: NetworkConfig, schedule: ScheduleConfig | null, where: string): ModelConfig {
  const enlarges = scaleOf(network);
  const model = {
    ...(schedule ? publishedDiffusion(network, schedule) : { predictor: { network } }),
    ...(enlarges === 1 ? {} : { scale: enlarges }),
  };
  const result = modelConfigSchema.safeParse(model);
  if (result.success) return result.data;
  throw new UnblurError(
    "checkpoint",
    `${where}: a ${network.architecture} that cannot restore photos: ${problemsOf(result.error)}`,
  );
}

/** Throws `checkpoint` if the copies of a shared parameter differ: checkpoints contain one for each layer. */
function checkAliases({ aliases }: Network, tensors: ReadonlyMap<string, CheckpointTensor>, where: string): void {
  for (const [alias, label] of aliases ?? []) {
    const copy = tensors.get(alias)?.values;
    const values = tensors.get(label)!.values;
    if (copy?.some((value, i) => !Object.is(value, values[i])))
      throw new UnblurError(
        "checkpoint",
        `${where}: "${alias}" and "${label}" are one parameter of the network, and differ here`,
      );
  }
}
