/**
 * @file One file of golden/networks against our network: output, both losses, the stored gradients entry by entry, and the norm
 * and largest value of the gradient of every parameter. Errors are relative to the largest value of the golden tensor.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createRuntime } from "../../platform/node/runtime.js";
import { parseSafetensors, type StoredTensor } from "../../src/checkpoints/safetensors.js";
import { compile } from "../../src/graph/compile.js";
import { gradients } from "../../src/graph/gradients.js";
import { sub } from "../../src/graph/ops/arithmetic.js";
import { abs, square } from "../../src/graph/ops/elementwise.js";
import { mean } from "../../src/graph/ops/mean.js";
import { concat } from "../../src/graph/ops/shape.js";
import { input, type Tensor } from "../../src/graph/tensor.js";
import { conditionalUnet, conditionalUnetSchema } from "../../src/networks/conditional-unet.js";
import type { Network } from "../../src/networks/network.js";
import { sr3, sr3Schema } from "../../src/networks/sr3.js";
import { floatResult, floats } from "../../src/runtime/session.js";

interface Sr3Options {
  readonly in_channel: number;
  readonly out_channel: number;
  readonly inner_channel: number;
  readonly norm_groups: number;
  readonly channel_mults: number[];
  readonly res_blocks: number;
  readonly dropout: number;
  readonly attention?: boolean;
  readonly attn_res?: number[];
  readonly image_size?: number;
}

interface Case {
  readonly file: string;
  readonly reference: string;
  readonly config: Sr3Options;
  readonly loss_official: number;
  readonly loss_mse_final: number;
  readonly parameter_count: number;
  readonly state_in_file: boolean;
  readonly grads: readonly string[];
  readonly grad_stats_official_loss: Readonly<Record<string, { l2: number; absmax: number } | null>>;
}

const shared = (config: Sr3Options) => ({
  inChannels: config.in_channel,
  outChannels: config.out_channel,
  width: config.inner_channel,
  multipliers: config.channel_mults,
  blocksPerLevel: config.res_blocks,
  groups: config.norm_groups,
  dropout: config.dropout,
});

interface Reference {
  readonly create: (config: Sr3Options) => Network;
  readonly usesAttention: (config: Sr3Options) => boolean;
}

/** What each reference file is here, by the end of its path. */
const REFERENCES: Readonly<Record<string, Reference>> = {
  "DDPM/cond_ddpm.py": {
    create: (config) =>
      conditionalUnet(
        conditionalUnetSchema.parse({
          architecture: "conditional-unet",
          ...shared(config),
          attention: config.attention ? "linear" : "none",
        }),
      ),
    usesAttention: (config) => config.attention === true,
  },
  "sr3_modules/unet.py": {
    create: (config) =>
      sr3(
        sr3Schema.parse({
          architecture: "sr3",
          ...shared(config),
          attentionLevels: config.channel_mults.flatMap((_, level) =>
            config.attn_res!.includes(config.image_size! / 2 ** level) ? [level] : [],
          ),
        }),
      ),
    usesAttention: () => false,
  },
};

export interface NetworkErrors {
  readonly forward: number;
  readonly gradient: number;
  readonly loss: number;
  /** Of norm and largest value of every parameter's gradient. */
  readonly gradientNorms: number;
}

const largest = (values: ArrayLike<number>): number => {
  let result = 0;
  for (let i = 0; i < values.length; i++) result = Math.max(result, Math.abs(values[i]!));
  return result;
};

/** max |a - b| / max |golden|; NaN if any value is. */
function relativeError(actual: Float32Array, golden: ArrayLike<number>): number {
  let worst = 0;
  for (let i = 0; i < golden.length; i++) {
    const error = Math.abs(actual[i]! - golden[i]!);
    if (!(error <= worst)) worst = error;
  }
  return worst / largest(golden);
}

export const readCase = (dir: string, name: string): Case =>
  JSON.parse(readFileSync(join(dir, "networks", `${name}.json`), "utf8")) as Case;

const referenceOf = (reference: string): Reference | undefined =>
  Object.entries(REFERENCES).find(([end]) => reference.endsWith(end))?.[1];

/** Why a case cannot be checked, or null. */
export function unsupported(dir: string, name: string): string | null {
  const { reference } = readCase(dir, name);
  return referenceOf(reference) ? null : `the network of ${reference} is not offered yet`;
}

/** Tolerances of the fixtures' README for float32; a network with linear attention loses more. */
export function tolerances(dir: string, name: string): { forward: number; gradient: number } {
  const { reference, config } = readCase(dir, name);
  return referenceOf(reference)!.usesAttention(config)
    ? { forward: 1e-4, gradient: 2e-3 }
    : { forward: 2e-5, gradient: 2e-5 };
}

const read = (dir: string, name: string) =>
  parseSafetensors(readFileSync(join(dir, "networks", `${name}.safetensors`)), name).tensors;
const floatsOf = (tensor: StoredTensor | undefined): Float32Array => tensor!.data as Float32Array;

export async function checkNetwork(dir: string, name: string): Promise<NetworkErrors> {
  const golden = readCase(dir, name);
  const tensors = read(dir, name);
  // One file leaves its weights to the case they belong to.
  const state =
    golden.state_in_file && [...tensors.keys()].some((key) => key.startsWith("state/"))
      ? tensors
      : read(dir, name.replace("_noatt", ""));
  const network = referenceOf(golden.reference)!.create(golden.config);
  const count = network.parameters.reduce((sum, parameter) => sum + parameter.size, 0);
  if (count !== golden.parameter_count)
    throw new Error(`${name}: expected ${golden.parameter_count} parameters, got ${count}`);

  const shape = tensors.get("input/cond")!.shape;
  const [cond, xt, target] = [input("cond", shape), input("x_t", shape), input("target", shape)];
  const level = input("level", tensors.get("input/noise_level")!.shape);
  const output = network.forward({ image: concat([cond, xt], 1), level }).at(-1)!;
  const official = mean(abs(sub(output, target)));
  const mse = mean(square(sub(output, target)));
  const outputs: Record<string, Tensor> = { output, official, mse };
  const byName = new Map(network.parameters.map((parameter) => [parameter.label, parameter]));
  const stored = golden.grads.map((label) => byName.get(label)!);
  gradients(official, network.parameters).forEach((tensor, i) => {
    outputs[`grad/${network.parameters[i]!.label}`] = tensor;
  });
  gradients(mse, stored).forEach((tensor, i) => {
    outputs[`grad_mse/${stored[i]!.label}`] = tensor;
  });
  await using session = await createRuntime({ threads: 2 }).open(
    compile({ inputs: [cond, xt, target, level, ...network.parameters], outputs }),
  );
  const feeds = Object.fromEntries(
    network.parameters.map((parameter) => [
      parameter.label,
      floats(floatsOf(state.get(`state/${parameter.label}`)), parameter.shape),
    ]),
  );
  const values = await session.run({
    ...feeds,
    cond: floats(floatsOf(tensors.get("input/cond")), shape),
    x_t: floats(floatsOf(tensors.get("input/x_t")), shape),
    target: floats(floatsOf(tensors.get("target")), shape),
    level: floats(floatsOf(tensors.get("input/noise_level")), level.shape),
  });

  const gradientKeys = golden.grads.flatMap((label) => [`grad/${label}`, `grad_mse/${label}`]);
  const relative = (actual: number, expected: number) =>
    expected === 0 ? Math.abs(actual) : Math.abs(actual / expected - 1);
  const norms = Object.entries(golden.grad_stats_official_loss).flatMap(([label, stats]) => {
    const gradient = floatResult(values, `grad/${label}`);
    if (stats === null) return [largest(gradient)];
    // A gradient that is zero but for rounding has no relative error.
    if (stats.absmax < 1e-12) return [largest(gradient)];
    return [
      relative(Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0)), stats.l2),
      relative(largest(gradient), stats.absmax),
    ];
  });
  return {
    forward: relativeError(floatResult(values, "output"), floatsOf(tensors.get("output/0"))),
    gradient: Math.max(
      ...gradientKeys.map((key) => relativeError(floatResult(values, key), floatsOf(tensors.get(key)))),
    ),
    loss: Math.max(
      relative(floatResult(values, "official")[0]!, golden.loss_official),
      relative(floatResult(values, "mse")[0]!, golden.loss_mse_final),
    ),
    gradientNorms: Math.max(...norms),
  };
}
