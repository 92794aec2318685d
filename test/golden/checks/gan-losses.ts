/**
 * @file The fixtures of `losses/` for DeblurGAN-v2: its content loss with a narrow and with the full VGG19, and its
 * adversarial losses through two discriminators, in calls one after the other.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createRuntime } from "../../../platform/node/threads/runtime.js";
import { parseSafetensors } from "../../../src/exchange/safetensors.js";
import { compile } from "../../../src/graph/compile.js";
import { gradients } from "../../../src/graph/gradients.js";
import { add, mul } from "../../../src/graph/ops/arithmetic.js";
import { maxPool2d } from "../../../src/graph/ops/pool2d.js";
import { relu } from "../../../src/graph/ops/relu.js";
import { input, type Tensor } from "../../../src/graph/tensor.js";
import { patchDiscriminator, patchDiscriminatorSchema } from "../../../src/networks/deblurgan/discriminators.js";
import { convLayer, type Layer } from "../../../src/nn/layers.js";
import { ADVERSARIAL_LOSSES, type AdversarialLoss } from "../../../src/nn/losses/adversarial.js";
import { GRAM_LAYERS, gramLoss } from "../../../src/nn/losses/gram.js";
import { perceptualLoss } from "../../../src/nn/losses/perceptual.js";
import { bindWeights, type Parameter, Scope } from "../../../src/nn/parameters.js";
import { floatResult, floats } from "../../../src/runtime/session.js";
import { adversarialScale } from "../../../src/training/objectives/adversarial.js";
import type { GoldenCheck } from "../check.js";
import { recipeValues } from "../recipe-weights.js";
import { ganCase } from "./gan-networks.js";
import { compared, type Outcome, skipped, type Tensors, tensorsOf } from "./outcome.js";

interface Call {
  readonly loss_d: number;
  readonly grad_d_l2: Readonly<Record<string, number>>;
  /** null: published code cannot compute it. */
  readonly loss_g: number | null;
  readonly grad_fake_l2?: number;
}

interface Case {
  readonly perceptual: {
    readonly vgg_narrow_channels: readonly (number | "M")[];
    readonly values: Readonly<
      Record<
        string,
        { readonly value: number; readonly state_recipe?: { readonly seed: string }; readonly grad_fake_l2?: number }
      >
    >;
  };
  readonly adversarial: {
    readonly discriminators: Readonly<Record<"patch" | "full", string>>;
    readonly wgan_gp_alpha: number;
    readonly losses: Readonly<Record<AdversarialLoss, { readonly calls: readonly Call[] }>>;
  };
}

/** Tolerance stated in the fixtures' README. */
const TOLERANCES = { adversarial: 1e-5, perceptual: 1e-6, gradient: 1e-4, wideGradient: 1e-2 };
/** A loss near zero is a difference of means, which are of this size. */
const SCALE = 0.1;
/** The widths of VGG19 up to conv3_3. */
const WIDE = [64, 64, "M", 128, 128, "M", 256, 256, 256] as const;

const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

/** VGG's modules with other widths; `features.N` as torchvision names them. */
function narrowModules(channels: readonly (number | "M")[]) {
  const root = Scope.root();
  const layers: Layer[] = [];
  let from = 3;
  for (const to of channels) {
    if (to === "M") {
      layers.push((x) => maxPool2d(x, { kernel: 2 }));
      continue;
    }
    layers.push(convLayer(root.child("features", layers.length), { inChannels: from, outChannels: to, kernel: 3 }));
    layers.push(relu);
    from = to;
  }
  return { parameters: root.parameters(), layers };
}

/** The modules up to the last convolution, without the rectifier behind it. */
export function narrowFeatures(channels: readonly (number | "M")[]): {
  readonly parameters: readonly Parameter[];
  readonly features: Layer;
} {
  const { parameters, layers } = narrowModules(channels);
  return { parameters, features: (x) => layers.slice(0, -1).reduce((h, layer) => layer(h), x) };
}

/** The results of the modules that the difference of style compares. */
function narrowTaps(channels: readonly (number | "M")[]) {
  const { parameters, layers } = narrowModules(channels);
  const taps = (image: Tensor): Tensor[] => {
    const results: Tensor[] = [];
    for (const layer of layers) results.push(layer(results.at(-1) ?? image));
    return GRAM_LAYERS.map((at) => results[at]!);
  };
  return { parameters, taps };
}

async function content(tensors: Tensors, golden: Case): Promise<Outcome[]> {
  const found: Outcome[] = [];
  for (const [name, { value, state_recipe: recipe, grad_fake_l2 }] of Object.entries(golden.perceptual.values)) {
    const { parameters, features } = narrowFeatures(recipe ? WIDE : golden.perceptual.vgg_narrow_channels);
    const stored = recipe ? "perceptual_vgg19_recipe" : `perceptual_${name}`;
    const expected = tensors.get(`${stored}/grad_fake`);
    const shape = [expected.length / (tensors.get("fake").length / batchOf(golden)), 3, ...sidesOf(golden)];
    const [fake, real] = [input("fake", shape), input("real", shape)];
    const loss = perceptualLoss(fake, real, features);
    const [gradient] = gradients(loss, [fake]);
    const weights = new Map(
      parameters.map(({ label, shape: of }) => {
        if (!recipe) return [label, tensors.get(`vgg_narrow/${label}`)];
        const half = of.length > 1 ? Math.sqrt(6 / of.slice(1).reduce((a, b) => a * b, 1)) : 0.1;
        return [label, recipeValues(recipe.seed, label, of, 0, half)];
      }),
    );
    await using session = await createRuntime().open(
      compile({
        inputs: [fake, real],
        outputs: { loss, gradient: gradient! },
        weights: bindWeights(parameters, weights),
      }),
    );
    const seen = (key: string) => floats(tensors.get(key).subarray(0, expected.length), shape);
    const results = await session.run({ fake: seen("fake"), real: seen("real") });
    const slope = floatResult(results, "gradient");
    found.push(
      compared(`${name}: value`, floatResult(results, "loss"), [value], { relative: TOLERANCES.perceptual }),
      recipe
        ? compared(`${name}: norm of the gradient`, [norm(slope)], [grad_fake_l2!], {
            relative: TOLERANCES.wideGradient,
          })
        : compared(`${name}: gradient`, slope, expected, { relative: TOLERANCES.gradient }),
    );
  }
  return found;
}

const inputsOf = (golden: Case): readonly number[] =>
  (golden as unknown as { inputs: { fake: readonly number[] } }).inputs.fake;
const batchOf = (golden: Case): number => inputsOf(golden)[0]!;
const sidesOf = (golden: Case): readonly number[] => inputsOf(golden).slice(2);

async function adversarial(root: string, tensors: Tensors, golden: Case, kind: AdversarialLoss): Promise<Outcome[]> {
  const { discriminators, wgan_gp_alpha, losses } = golden.adversarial;
  const shape = inputsOf(golden);
  const [fake, real] = [input("fake", shape), input("real", shape)];
  const [filled, alpha] = [input("filled", []), input("alpha", [])];
  const scope = Scope.root();
  const weights = new Map<string, Float32Array>();
  const scales = Object.entries(discriminators).map(([name, file]) => {
    const stem = /networks\/(.*)\.safetensors/.exec(file)![1]!;
    const { config } = ganCase(root, stem)!;
    const discriminator = patchDiscriminator(
      patchDiscriminatorSchema.parse({
        width: config.ndf,
        layers: config.n_layers,
        normalisation: config.norm_layer === "batch" ? "batch" : "instance",
      }),
      { scope: scope.child(name) },
    );
    const state = tensorsOf(parseSafetensors(readFileSync(join(root, file)), file));
    for (const { label } of discriminator.parameters)
      if (label.startsWith(`${name}.`)) weights.set(label, state.get(`state/${label.slice(name.length + 1)}`));
    return adversarialScale(discriminator, name, { made: fake, real }, kind, { filled, alpha });
  });
  const parameters = scope.parameters().filter(({ buffer }) => !buffer);
  const average = (terms: readonly Tensor[]) => mul(terms.reduce(add), 1 / terms.length);
  const lossD = average(scales.map(({ against }) => against));
  const lossG = average(scales.map(({ own }) => own));
  const memory = scales.flatMap((scale) => scale.memory);
  const outputs: Record<string, Tensor> = { lossD, lossG };
  for (const [i, gradient] of gradients(lossD, parameters).entries()) outputs[`D/${parameters[i]!.label}`] = gradient;
  outputs["G/fake"] = gradients(lossG, [fake])[0]!;
  for (const { placeholder, next } of memory) outputs[`next/${placeholder.label}`] = next;
  const inputs = [fake, real, filled, alpha, ...memory.map(({ placeholder }) => placeholder)];
  await using session = await createRuntime().open(
    compile({ inputs, outputs, weights: bindWeights(parameters, weights) }),
  );
  let pools = memory.map(({ placeholder: { shape: of } }) => floats(new Float32Array(of[0]!), of));
  const found: Outcome[] = [];
  const relative = TOLERANCES.adversarial;
  for (const [i, call] of losses[kind].calls.entries()) {
    const suffix = i === 0 ? "" : `_${i}`;
    const results = await session.run({
      fake: floats(tensors.get(`fake${suffix}`), shape),
      real: floats(tensors.get(`real${suffix}`), shape),
      filled: floats(Float32Array.of(Math.min(50, (i + 1) * shape[0]!)), []),
      alpha: floats(Float32Array.of(wgan_gp_alpha), []),
      ...Object.fromEntries(memory.map(({ placeholder }, k) => [placeholder.label, pools[k]!])),
    });
    pools = memory.map(({ placeholder }) =>
      floats(floatResult(results, `next/${placeholder.label}`).slice(), placeholder.shape),
    );
    const where = `${kind}, call ${i}`;
    const absolute = relative * SCALE;
    found.push(compared(`${where}: D`, floatResult(results, "lossD"), [call.loss_d], { relative, absolute }));
    for (const [label, l2] of Object.entries(call.grad_d_l2))
      found.push(
        compared(`${where}: norm of ${label}`, [norm(floatResult(results, `D/${label}`))], [l2], {
          relative: TOLERANCES.gradient,
        }),
      );
    const slope = floatResult(results, "G/fake");
    if (call.loss_g !== null)
      found.push(
        compared(`${where}: G`, floatResult(results, "lossG"), [call.loss_g], { relative, absolute }),
        compared(`${where}: norm of G`, [norm(slope)], [call.grad_fake_l2!], { relative: TOLERANCES.gradient }),
      );
    for (const [key, values] of [
      [`adv_${kind}/grad_fake_call${i}`, slope],
      [`adv_${kind}/grad_patch.model.0.weight_call${i}`, floatResult(results, "D/patch.model.0.weight")],
    ] as const)
      if (tensors.has(key)) found.push(compared(key, values, tensors.get(key), { relative: TOLERANCES.gradient }));
  }
  return found;
}

async function outcomes(root: string): Promise<Outcome[]> {
  const golden = JSON.parse(readFileSync(join(root, "losses/deblurganv2_losses.json"), "utf8")) as Case;
  const tensors = tensorsOf(parseSafetensors(readFileSync(join(root, "losses/deblurganv2_losses.safetensors"))));
  const found = await content(tensors, golden);
  for (const kind of Object.keys(golden.adversarial.losses) as AdversarialLoss[]) {
    if (!ADVERSARIAL_LOSSES[kind]) throw new Error(`losses: "${kind}" is not offered`);
    found.push(...(await adversarial(root, tensors, golden, kind)));
  }
  return found;
}

interface DbganCase {
  readonly relativistic_average_bce: Readonly<
    Record<"loss_d" | "loss_g", number> & Record<`grad_${"d" | "g"}_${"real" | "fake"}`, readonly number[]>
  >;
  readonly gram_perceptual: { readonly vgg16_narrow_channels: readonly (number | "M")[]; readonly value: number };
}

/** Losses of DBGAN and of its reimplementation. */
async function dbganOutcomes(root: string): Promise<Outcome[]> {
  const { relativistic_average_bce: bce, gram_perceptual: gram } = JSON.parse(
    readFileSync(join(root, "losses/dbgan_losses.json"), "utf8"),
  ) as DbganCase;
  const stored = parseSafetensors(readFileSync(join(root, "losses/dbgan_losses.safetensors")));
  const tensors = tensorsOf(stored);
  const shapeOf = (key: string) => stored.tensors.get(key)!.shape;

  const [real, made] = [input("d_real", shapeOf("d_real")), input("d_fake", shapeOf("d_fake"))];
  const [realImage, madeImage] = [input("gram/real", shapeOf("gram/real")), input("gram/fake", shapeOf("gram/fake"))];
  const { parameters, taps } = narrowTaps(gram.vgg16_narrow_channels);
  const style = gramLoss(madeImage, realImage, taps);
  const outputs: Record<string, Tensor> = { style, slope: gradients(style, [madeImage])[0]! };
  const rule = ADVERSARIAL_LOSSES["ragan-batch"];
  const values = { d: rule.discriminator({ made, real }), g: rule.generator({ made, real }) };
  for (const [which, loss] of Object.entries(values)) {
    const [ofReal, ofMade] = gradients(loss, [real, made]);
    Object.assign(outputs, {
      [`loss_${which}`]: loss,
      [`grad_${which}_real`]: ofReal,
      [`grad_${which}_fake`]: ofMade,
    });
  }
  const inputs = [real, made, realImage, madeImage];
  const weights = new Map(parameters.map(({ label }) => [label, tensors.get(`vgg16_narrow/${label}`)]));
  await using session = await createRuntime().open(
    compile({ inputs, outputs, weights: bindWeights(parameters, weights) }),
  );
  const results = await session.run(
    Object.fromEntries(inputs.map(({ label, shape }) => [label, floats(tensors.get(label), shape)])),
  );
  const { adversarial: relative, gradient } = TOLERANCES;
  const slopes = ["grad_d_real", "grad_d_fake", "grad_g_real", "grad_g_fake"] as const;
  return [
    ...(["loss_d", "loss_g"] as const).map((key) => compared(key, floatResult(results, key), [bce[key]], { relative })),
    ...slopes.map((key) => compared(key, floatResult(results, key), bce[key], { relative: gradient })),
    compared("gram: value", floatResult(results, "style"), [gram.value], { relative }),
    compared("gram: gradient", floatResult(results, "slope"), tensors.get("gram/grad_fake"), { relative: gradient }),
    skipped(
      "rbl_jkhu29",
      "a term without gradient, which changes the reported loss and no training; nothing here uses it",
    ),
  ];
}

export const ganLossChecks = (): GoldenCheck[] => [
  { files: ["losses/deblurganv2_losses.json", "losses/deblurganv2_losses.safetensors"], check: outcomes },
  { files: ["losses/dbgan_losses.json", "losses/dbgan_losses.safetensors"], check: dbganOutcomes },
];
