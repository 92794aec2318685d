/**
 * @file What each published class of a GAN's fixtures is here: its network from the published settings, and its loss.
 */
import { losses } from "../../src/diffusion/losses.js";
import { add, mul, sub } from "../../src/graph/ops/arithmetic.js";
import { constant } from "../../src/graph/ops/constant.js";
import { sigmoid, square } from "../../src/graph/ops/elementwise.js";
import { mean } from "../../src/graph/ops/mean.js";
import { stopGradient } from "../../src/graph/ops/stop-gradient.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { dbgan, dbganSchema } from "../../src/networks/dbgan.js";
import {
  type Discriminator,
  multiScaleDiscriminator,
  patchDiscriminator,
  patchDiscriminatorSchema,
} from "../../src/networks/deblurgan/discriminators.js";
import { fpnInception, fpnInceptionSchema } from "../../src/networks/deblurgan/fpn-inception.js";
import { fpnMobilenet, fpnMobilenetSchema } from "../../src/networks/deblurgan/fpn-mobilenet.js";
import { deblurgan, deblurganSchema } from "../../src/networks/deblurgan/resnet-generator.js";
import type { Network } from "../../src/networks/network.js";
import {
  blurGenerator,
  blurGeneratorSchema,
  dbganSmall,
  dbganSmallSchema,
  pictureDiscriminator,
} from "../../src/networks/realistic-blur.js";
import type { Parameter } from "../../src/nn/parameters.js";
import type { Statistics } from "../../src/nn/running-statistics.js";
import type { Attributes } from "./checks/ops/attributes.js";

export interface GanClass {
  readonly parameters: readonly Parameter[];
  readonly aliases?: ReadonlyMap<string, string>;
  /** All inputs of a case in their order -> all outputs. */
  readonly forward: (inputs: readonly Tensor[], statistics: Statistics) => readonly Tensor[];
  /** `formula`: the case's own words for its loss, which may state constants. */
  readonly loss: (outputs: readonly Tensor[], target: Tensor | null, formula: string) => Tensor;
}

type Create = (config: Attributes) => GanClass;

/** "instance (affine False, ...)" is instance. */
const normalisation = (config: Attributes): "instance" | "batch" =>
  config.text("norm_layer", "instance").startsWith("batch") ? "batch" : "instance";

const generator = (network: Network): GanClass => ({
  parameters: network.parameters,
  ...(network.aliases ? { aliases: network.aliases } : {}),
  forward: ([image], statistics) => network.forward({ image: image!, statistics }),
  loss: ([output], target) => losses.l1.graph(output!, target!),
});

const pyramid = (config: Attributes) => ({
  normalisation: normalisation(config),
  ...(config.has("num_filters") ? { filters: config.number("num_filters") } : {}),
  ...(config.has("num_filters_fpn") ? { pyramidFilters: config.number("num_filters_fpn") } : {}),
});

/**
 * The relativistic least squares of a first call, in which the means are those of this call; they carry no gradient.
 */
function relativistic([fake, real]: readonly Tensor[]): Tensor {
  const fixed = (x: Tensor): Tensor => mean(stopGradient(x));
  const realTerm = mean(square(sub(sub(real!, fixed(fake!)), 1)));
  const fakeTerm = mean(square(add(sub(fake!, fixed(real!)), 1)));
  return mul(add(realTerm, fakeTerm), 0.5);
}

const judging = ({ parameters, forward }: Discriminator): GanClass => ({
  parameters,
  forward: (images, statistics) => images.flatMap((image) => forward(image, statistics)),
  loss: relativistic,
});

const CLASSES: Readonly<Record<string, Create>> = {
  FPNMobileNet: (config) =>
    generator(
      fpnMobilenet(
        fpnMobilenetSchema.parse({
          architecture: "fpn-mobilenet",
          ...pyramid(config),
          widthMultiplier: config.number("width_mult", 1),
        }),
      ),
    ),
  FPNInception: (config) =>
    generator(fpnInception(fpnInceptionSchema.parse({ architecture: "fpn-inception", ...pyramid(config) }))),
  ResnetGenerator: (config) =>
    generator(
      deblurgan(
        deblurganSchema.parse({
          architecture: "deblurgan",
          normalisation: normalisation(config),
          width: config.number("ngf"),
          blocks: config.number("n_blocks"),
          addInput: config.boolean("learn_residual", true),
        }),
      ),
    ),
  RRDBNet: (config) =>
    generator(
      dbgan(dbganSchema.parse({ architecture: "dbgan", width: config.number("nf"), blocks: config.number("nb") })),
    ),
  DeblurGAN_G: (config) => ({
    ...generator(
      dbganSmall(
        dbganSmallSchema.parse({
          architecture: "dbgan-small",
          width: config.number("out_channels", 64),
          blocks: config.number("num_resblocks", 5),
        }),
      ),
    ),
    loss: ([output], target) => losses.l2.graph(output!, target!),
  }),
  BlurGAN_G: (config) => ({
    ...generator(
      blurGenerator(
        blurGeneratorSchema.parse({
          architecture: "blur-generator",
          width: config.number("out_channels", 64),
          blocks: config.number("num_resblocks", 3),
        }),
      ),
    ),
    loss: ([output], target) => losses.l2.graph(output!, target!),
  }),
  GAN_D: () => ({
    ...judging(pictureDiscriminator()),
    loss: ([judged], _, formula) => {
      const labels = /labels ([\d. ]*\d)/.exec(formula)![1]!.split(" ").map(Number);
      return mean(square(sub(sigmoid(judged!), constant(labels, judged!.shape))));
    },
  }),
  NLayerDiscriminator: (config) =>
    judging(
      patchDiscriminator(
        patchDiscriminatorSchema.parse({
          normalisation: normalisation(config),
          width: config.number("ndf"),
          layers: config.number("n_layers"),
        }),
        { endsInSigmoid: config.boolean("use_sigmoid", false) },
      ),
    ),
  MultiScaleDiscriminator: (config) => {
    const { parameters, forward } = multiScaleDiscriminator({ normalisation: normalisation(config) });
    return {
      parameters,
      // One input of the case is judged.
      forward: (images, statistics) => forward(images.at(-1)!, statistics),
      loss: (outputs) => outputs.map((output) => mean(square(output))).reduce((sum, term) => add(sum, term)),
    };
  },
};

export const ganClassOf = (cls: string): Create | undefined => CLASSES[cls];
