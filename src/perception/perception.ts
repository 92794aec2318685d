/**
 * @file LPIPS, DISTS and Inception's features on a runtime, with the weights the user imported. Sessions open when
 * first needed.
 */
import { UnblurError } from "../base/errors.js";
import type { Levels } from "../evaluation/metrics/levels.js";
import type { Perception, PerceptualMetric } from "../evaluation/perception.js";
import { type CompileOptions, compile } from "../graph/compile.js";
import { input, type Shape } from "../graph/tensor.js";
import { type FeatureNetwork, howToGet } from "../nn/backbones/catalog.js";
import { INCEPTION_SIDE_PX, inception } from "../nn/backbones/inception.js";
import { dists } from "../nn/losses/dists.js";
import { LPIPS_NETS, type LpipsNet, lpips, lpipsDistance } from "../nn/losses/lpips.js";
import { lpipsLinearWeights } from "../nn/losses/lpips-weights.js";
import { bindWeights, type Weights } from "../nn/parameters.js";
import { floatResult, floats, type Runtime, type Session } from "../runtime/session.js";
import { resizedBilinear } from "./resize.js";

const LPIPS: Readonly<Partial<Record<PerceptualMetric, LpipsNet>>> = {
  "lpips-alex": "alex",
  "lpips-squeeze": "squeeze",
  "lpips-vgg": "vgg",
};

/** Networks whose weights a measure needs. */
export function networksOf(metric: PerceptualMetric | "fid" | "kid"): readonly FeatureNetwork[] {
  if (metric === "fid" || metric === "kid") return ["inception"];
  const net = LPIPS[metric];
  return net ? [LPIPS_NETS[net].backbone] : ["vgg16", "dists"];
}

export interface OpenPerception extends Perception, AsyncDisposable {}

/** `load` gives a network's weights, or null where they are not installed. */
export function openPerception(
  runtime: Runtime,
  load: (network: FeatureNetwork) => Promise<Weights | null>,
): OpenPerception {
  // One session for each measure, of the size last asked for: pictures of a data set mostly have one size.
  const open = new Map<string, { readonly size: string; readonly session: Session }>();

  const weightsOf = async (network: FeatureNetwork): Promise<Weights> => {
    const weights = await load(network);
    if (weights) return weights;
    throw new UnblurError("file", `perception: weights are not installed; ${howToGet([network])}`);
  };

  const sessionFor = async (name: string, shape: Shape, graph: () => Promise<CompileOptions>): Promise<Session> => {
    const size = String(shape);
    const found = open.get(name);
    if (found?.size === size) return found.session;
    await found?.session.release();
    open.delete(name);
    const session = await runtime.open(compile(await graph()));
    open.set(name, { size, session });
    return session;
  };

  const distanceGraph = async (metric: PerceptualMetric, shape: Shape): Promise<CompileOptions> => {
    const inputs = [input("restored", shape), input("truth", shape)] as const;
    const net = LPIPS[metric];
    if (net) {
      const { backbone, linear, maps } = lpips(net);
      const features = bindWeights(backbone.parameters, await weightsOf(LPIPS_NETS[net].backbone));
      return {
        inputs,
        outputs: { distance: lpipsDistance(maps(...inputs)) },
        weights: new Map([...features, ...bindWeights(linear, lpipsLinearWeights(net))]),
      };
    }
    const { backbone, weights, distance } = dists();
    const features = bindWeights(backbone.parameters, await weightsOf("vgg16"));
    return {
      inputs,
      outputs: { distance: distance(...inputs) },
      weights: new Map([...features, ...bindWeights(weights, await weightsOf("dists"))]),
    };
  };

  return {
    async distance(metric, restored, truth) {
      const shape = [1, 3, truth.height, truth.width];
      const session = await sessionFor(metric, shape, () => distanceGraph(metric, shape));
      const results = await session.run({
        restored: floats(signed(restored), shape),
        truth: floats(signed(truth), shape),
      });
      return floatResult(results, "distance")[0]!;
    },
    async features(picture) {
      const shape = [1, 3, INCEPTION_SIDE_PX, INCEPTION_SIDE_PX];
      const session = await sessionFor("inception", shape, async () => {
        const network = inception();
        const x = input("picture", shape);
        const weights = bindWeights(network.parameters, await weightsOf("inception"));
        return { inputs: [x], outputs: { features: network.features(x) }, weights };
      });
      const resized = resizedBilinear({ ...rgb(picture), data: signed(picture) }, INCEPTION_SIDE_PX, INCEPTION_SIDE_PX);
      return floatResult(await session.run({ picture: floats(resized, shape) }), "features");
    },
    async [Symbol.asyncDispose]() {
      for (const { session } of open.values()) await session.release();
      open.clear();
    },
  };
}

/** Width and height; grey pictures are shown in three channels. */
const rgb = ({ width, height }: Levels) => ({ width, height, channels: 3 });

/** 0 .. 255 -> [-1, 1], three channels. */
function signed({ channels, data }: Levels): Float32Array {
  const values = Float32Array.from(data, (value) => (2 * value) / 255 - 1);
  if (channels === 3) return values;
  const out = new Float32Array(3 * values.length);
  for (let channel = 0; channel < 3; channel++) out.set(values, channel * values.length);
  return out;
}
