/**
 * @file INFWIDE (Zhang et al. 2023, for night photographs): one branch deconvolves features, another the denoised
 * photo. U-Nets at half and at full size, whose two streams exchange their mean, combine them.
 */
import * as z from "zod";
import { add, div, mul, sub } from "../../graph/ops/arithmetic.js";
import { convTranspose2d } from "../../graph/ops/conv-transpose2d.js";
import { sqrt, square } from "../../graph/ops/elementwise.js";
import { pad2d } from "../../graph/ops/pad2d.js";
import { broadcastTo, sum } from "../../graph/ops/reduce.js";
import { relu } from "../../graph/ops/relu.js";
import { resample } from "../../graph/ops/resample.js";
import { concat, slice } from "../../graph/ops/shape.js";
import type { Tensor } from "../../graph/tensor.js";
import { torchDefault } from "../../nn/init.js";
import { convLayer, type Layer } from "../../nn/layers.js";
import { Scope } from "../../nn/parameters.js";
import { noTap } from "../../nn/tap.js";
import { positiveCount } from "../counts.js";
import type { Network } from "../network.js";
import { ascent, conv, enlarge, entrance, inTurn, residualBlock, residualBlocks } from "./layers.js";
import { median3x3, normalised, wienerFeatures } from "./wiener.js";

export const infwideSchema = z.strictObject({
  architecture: z.literal("infwide"),
  deconvolved: positiveCount.default(16).describe("channels that are deconvolved"),
  features: positiveCount
    .default(32)
    .describe("channels of the finest level of each U-Net; the denoiser's levels have 1, 2, 4 and 8 times as many"),
});
export type InfwideConfig = z.infer<typeof infwideSchema>;

/** Outputs at half and at full size; the tap `denoised` receives the denoised photo. Values are 0 .. 1. */
export function infwide(config: InfwideConfig): Network {
  const root = Scope.root();
  const see = entrance(root.child("FeatModule1", "FeatureBlock"), 3, config.deconvolved);
  const denoise = denoiser(root.child("DenoiseUnet"), config);
  const refine = featureRefinement(root.child("FSRefineModule"), config);
  const merge = fusion(root.child("MergeRefineModule"), config);
  return {
    parameters: root.parameters(),
    inChannels: 3,
    outChannels: 3,
    takesKernel: true,
    multiple: 8,
    reachPx: null, // the Wiener filter sees the whole picture
    forward({ image, kernel, tap = noTap }) {
      const blur = normalised(kernel);
      const features = refine(wienerFeatures(see(image), blur));
      const denoised = denoise(image);
      tap("denoised", () => denoised);
      return merge(wienerFeatures(denoised, blur), features);
    },
  };
}

/**
 * Noise of each colour: standard deviation of the difference to the median, over the root mean square of the median,
 * [N, 3, 1, 1].
 */
function noiseLevel(x: Tensor): Tensor {
  const count = x.shape[2]! * x.shape[3]!;
  const plane = (y: Tensor) => sum(y, { axes: [2, 3], keepDims: true });
  const median = median3x3(x);
  const noise = sub(median, x);
  const centred = sub(noise, mul(plane(noise), 1 / count));
  return sqrt(div(plane(square(centred)), plane(square(median))));
}

/**
 * ResUNet of USRNet (Zhang et al. 2020) without biases; it takes the noise of each colour as input. Sides are padded to
 * multiples of 8.
 */
function denoiser(scope: Scope, { features }: InfwideConfig): Layer {
  const bare = (own: Scope, inChannels: number, outChannels: number, kernel = 3, stride = 1): Layer =>
    convLayer(own, {
      ...{ inChannels, outChannels, kernel, stride, bias: false },
      padding: stride > 1 ? 0 : (kernel - 1) / 2,
    });
  const block = (own: Scope, channels: number): Layer => {
    const [first, second] = [0, 2].map((i) => bare(own.child("res", i), channels, channels)) as [Layer, Layer];
    return (x) => add(x, second(relu(first(x))));
  };
  const blocks = (own: Scope, channels: number, first = 0): Layer =>
    inTurn([0, 1].map((i) => block(own.child(first + i), channels)));
  const doubled = (own: Scope, inChannels: number, outChannels: number): Layer => {
    const weight = own.parameter("weight", [inChannels, outChannels, 2, 2], torchDefault);
    return (x) => convTranspose2d(x, weight, null, { stride: 2 });
  };
  const [c1, c2, c3, c4] = [features, 2 * features, 4 * features, 8 * features] as const;
  const down = (name: string, from: number, to: number) =>
    inTurn([blocks(scope.child(name), from), bare(scope.child(name, 2), from, to, 2, 2)]);
  const up = (name: string, from: number, to: number) =>
    inTurn([doubled(scope.child(name, 0), from, to), blocks(scope.child(name), to, 1)]);
  const head = bare(scope.child("m_head"), 6, c1);
  const [down1, down2, down3] = [down("m_down1", c1, c2), down("m_down2", c2, c3), down("m_down3", c3, c4)];
  const body = blocks(scope.child("m_body"), c4);
  const [up3, up2, up1] = [up("m_up3", c4, c3), up("m_up2", c3, c2), up("m_up1", c2, c1)];
  const tail = bare(scope.child("m_tail"), c1, 3);
  return (image) => {
    const [height, width] = image.shape.slice(-2) as [number, number];
    const beyond = (length: number) => (8 - (length % 8)) % 8;
    const withNoiseLevel = concat([image, broadcastTo(noiseLevel(image), image.shape)], 1);
    const x1 = head(
      pad2d(withNoiseLevel, { top: 0, left: 0, bottom: beyond(height), right: beyond(width) }, "replicate"),
    );
    const x2 = down1(x1);
    const x3 = down2(x2);
    const x4 = down3(x3);
    const y = tail(add(up1(add(up2(add(up3(add(body(x4), x4)), x3)), x2)), x1));
    return slice(slice(y, 2, 0, height), 3, 0, width);
  };
}

/** Residual blocks, a convolution, a convolution to colours. */
const colours = (scope: Scope, channels: number): Layer =>
  inTurn([
    residualBlock(scope.child(0), channels),
    conv(scope.child(1), channels, channels),
    conv(scope.child(2), channels, 3),
  ]);

/** DWDN's U-Net at one scale: [N, deconvolved, H, W] -> [N, 3, H, W]. */
function featureRefinement(scope: Scope, { deconvolved, features }: InfwideConfig): Layer {
  const unet = scope.child("RefineUnet");
  const enter = entrance(scope.child("InBlock2", "inBlock"), deconvolved, features);
  const down1 = entrance(unet.child("encoder_first"), features, 2 * features, 2);
  const down2 = entrance(unet.child("encoder_second"), 2 * features, 4 * features, 2);
  const up2 = ascent(unet.child("decoder_second"), 4 * features, 2 * features);
  const up1 = ascent(unet.child("decoder_first"), 2 * features, features);
  const out = residualBlocks(scope.child("OutBlock_a", "outLayers"), features);
  const colour = colours(scope.child("OutBlock_b", "outLayers"), features);
  return (x) => {
    const y = enter(x);
    const e1 = down1(y);
    return colour(out(add(y, up1(add(e1, up2(down2(e1)))))));
  };
}

type Two = readonly [Tensor, Tensor];
type TwoLayers = (x: Two) => Two;

/**
 * Two convolutions per stream, then the mean of both streams is added to each, then resampling to half or twice the
 * size.
 */
function exchange(scope: Scope, channels: number, rescale: (side: "12" | "21") => Layer): TwoLayers {
  const convolve = ["conv1", "conv2"].map((name) =>
    inTurn([
      conv(scope.child(name, 0), channels, channels, { rectify: true }),
      conv(scope.child(name, 1), channels, channels),
    ]),
  ) as [Layer, Layer];
  const resized = [rescale("12"), rescale("21")] as const;
  return ([a, b]) => {
    const both = mul(add(a, b), 0.5);
    const side = (x: Tensor, i: 0 | 1) => resized[i](relu(add(convolve[i](x), both)));
    return [side(a, 0), side(b, 1)];
  };
}

/** Deconvolved photo and refined features, [N, 3, H, W] each -> the result at half and at full size. */
function fusion(scope: Scope, config: InfwideConfig): (photo: Tensor, features: Tensor) => Two {
  const { features: finest } = config;
  const enter = (name: string, channels: number) => entrance(scope.child(name, "inBlock"), channels, finest);
  const coarse = [enter("InBlock11", 3), enter("InBlock12", 3)] as const;
  const fine = [enter("InBlock21", 3 + finest), enter("InBlock22", 3 + finest)] as const;
  const unet = scope.child("XRFUnet");
  const down = (name: string, from: number): TwoLayers => {
    const own = unet.child(name);
    return exchange(own, from, (side) =>
      conv(own.child(`conv${side}`, 1), from, 2 * from, { stride: 2, rectify: true }),
    );
  };
  const up = (name: string, from: number): TwoLayers => {
    const own = unet.child(name);
    return exchange(own, from, (side) => enlarge(own.child(`deconv${side}`, 1), from, from / 2));
  };
  const [down1, down2] = [down("XRD1", finest), down("XRD2", 2 * finest)];
  const [up2, up1] = [up("XRU2", 4 * finest), up("XRU1", 2 * finest)];
  const out = ["OutBlock_a1", "OutBlock_a2"].map((name) => residualBlocks(scope.child(name, "outLayers"), finest)) as [
    Layer,
    Layer,
  ];
  const colour = colours(scope.child("OutBlock_b", "outLayers"), 2 * finest);
  const sum2 = (a: Two, b: Two): Two => [add(a[0], b[0]), add(a[1], b[1])];
  const refine = (x: Two): Two => {
    const e1 = down1(x);
    const y = sum2(x, up1(sum2(e1, up2(down2(e1)))));
    return [out[0](y[0]), out[1](y[1])];
  };
  return (photo, features) => {
    const [height, width] = photo.shape.slice(-2) as [number, number];
    const at = (x: Tensor, size: readonly [number, number]) => resample(x, { mode: "bilinear", size });
    const half: Two = [coarse[0](at(photo, [height / 2, width / 2])), coarse[1](at(features, [height / 2, width / 2]))];
    const low = refine(half);
    const joined = (x: Tensor, other: Tensor) => concat([at(x, [height, width]), other], 1);
    const high = refine([fine[0](joined(low[0], photo)), fine[1](joined(low[1], features))]);
    return [colour(concat(low, 1)), colour(concat(high, 1))];
  };
}
