/**
 * @file INFWIDE (Zhang et al. 2023, for night photographs): one branch deconvolves features, another the denoised
 * photo. U-Nets at half and at full size, whose two streams exchange their mean, combine them.
 */
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
import { ascent, conv, enlarge, entrance, inTurn, residualBlock, residualBlocks } from "./layers.js";
import type { KnownKernelNetwork } from "./network.js";
import { median3x3, normalised, wienerFeatures } from "./wiener.js";

const [DECONVOLVED, FEATURES] = [16, 32];
const DENOISER_CHANNELS = [32, 64, 128, 256] as const;

export function infwide(): KnownKernelNetwork {
  const root = Scope.root();
  const see = entrance(root.child("FeatModule1", "FeatureBlock"), 3, DECONVOLVED);
  const denoise = denoiser(root.child("DenoiseUnet"));
  const refine = featureRefinement(root.child("FSRefineModule"));
  const merge = fusion(root.child("MergeRefineModule"));
  return {
    parameters: root.parameters(),
    multiple: 8,
    forward(image, kernel) {
      const blur = normalised(kernel);
      const features = refine(wienerFeatures(see(image), blur));
      const denoised = denoise(image);
      const [half, result] = merge(wienerFeatures(denoised, blur), features);
      return { outputs: [half, result, denoised], result };
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
function denoiser(scope: Scope): Layer {
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
  const [c1, c2, c3, c4] = DENOISER_CHANNELS;
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

/** DWDN's U-Net at one scale: [N, 16, H, W] -> [N, 3, H, W]. */
function featureRefinement(scope: Scope): Layer {
  const unet = scope.child("RefineUnet");
  const enter = entrance(scope.child("InBlock2", "inBlock"), DECONVOLVED, FEATURES);
  const down1 = entrance(unet.child("encoder_first"), FEATURES, 2 * FEATURES, 2);
  const down2 = entrance(unet.child("encoder_second"), 2 * FEATURES, 4 * FEATURES, 2);
  const up2 = ascent(unet.child("decoder_second"), 4 * FEATURES, 2 * FEATURES);
  const up1 = ascent(unet.child("decoder_first"), 2 * FEATURES, FEATURES);
  const out = residualBlocks(scope.child("OutBlock_a", "outLayers"), FEATURES);
  const colour = colours(scope.child("OutBlock_b", "outLayers"), FEATURES);
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
function fusion(scope: Scope): (photo: Tensor, features: Tensor) => Two {
  const enter = (name: string, channels: number) => entrance(scope.child(name, "inBlock"), channels, FEATURES);
  const coarse = [enter("InBlock11", 3), enter("InBlock12", 3)] as const;
  const fine = [enter("InBlock21", 3 + FEATURES), enter("InBlock22", 3 + FEATURES)] as const;
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
  const [down1, down2] = [down("XRD1", FEATURES), down("XRD2", 2 * FEATURES)];
  const [up2, up1] = [up("XRU2", 4 * FEATURES), up("XRU1", 2 * FEATURES)];
  const out = ["OutBlock_a1", "OutBlock_a2"].map((name) =>
    residualBlocks(scope.child(name, "outLayers"), FEATURES),
  ) as [Layer, Layer];
  const colour = colours(scope.child("OutBlock_b", "outLayers"), 2 * FEATURES);
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
