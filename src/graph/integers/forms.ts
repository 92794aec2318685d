/**
 * @file 8 bit forms of products with fixed weights: images as unsigned bytes with a zero point, weights as signed bytes
 * with one scale per output. The runtime quantises the weights when it loads the model. These operators are specific to
 * ONNX Runtime and run on its CPU provider only.
 */
import type { CompileOptions, Writing } from "../compile.js";
import { Emitter, MICROSOFT } from "../emitter.js";
import type { AnySizeForm, Tensor } from "../tensor.js";
import { type ConvolutionSite, type DenseSite, integerSites, type MixingSite, type Site, shapeless } from "./sites.js";

/** Minimum and maximum of each tensor over the calibration pictures, by the tensor's name. */
export type Ranges = ReadonlyMap<string, readonly [least: number, most: number]>;

const INT8 = 3;
const UINT8 = 2;
const INT32 = 6;

/** Quantisation of a range to 256 values; zero is one of them. */
interface Steps {
  readonly scale: number;
  readonly zero: number;
}

function stepsOf([least, most]: readonly [number, number]): Steps {
  const [low, high] = [Math.min(least, 0), Math.max(most, 0)];
  const scale = Math.max((high - low) / 255, 1e-12);
  return { scale: Math.fround(scale), zero: Math.min(255, Math.max(0, Math.round(-low / scale))) };
}

const emitSteps = (emit: Emitter, { scale, zero }: Steps): readonly [string, string] => [
  emit.scalar(scale),
  emit.constant("uint8", [], Uint8Array.of(zero)),
];

const rounded = (emit: Emitter, x: string, steps: Steps): string =>
  emit.node("QuantizeLinear", [x, ...emitSteps(emit, steps)]);

/** A weight as signed bytes, symmetric around zero, and the scale of each output [O]. */
function roundedWeight(
  emit: Emitter,
  weight: string,
  rank: number,
): { readonly bytes: string; readonly scales: string } {
  const axes = emit.ints(Array.from({ length: rank - 1 }, (_, i) => i + 1));
  const largest = emit.node("ReduceMax", [emit.node("Abs", [weight]), axes], { keepdims: 1 });
  const scales = emit.node("Max", [emit.node("Mul", [largest, emit.scalar(1 / 127)]), emit.scalar(1e-12)]);
  const whole = emit.node("Round", [emit.node("Div", [weight, scales])]);
  return {
    bytes: emit.node("Cast", [whole], { to: INT8 }),
    scales: emit.node("Reshape", [scales, emit.ints([-1])]),
  };
}

type FormOf<S extends Site> = (site: S, steps: (tensor: Tensor) => Steps) => AnySizeForm;

const dense: FormOf<DenseSite> = ({ x, weight, bias }, steps) => ({
  inputs: bias ? [x, weight, bias] : [x, weight],
  onnx([a, w, b], emit) {
    const { bytes, scales } = roundedWeight(emit, w!, 2);
    const [scale, zero] = emitSteps(emit, steps(x));
    const columns = emit.node("Transpose", [bytes], { perm: [1, 0] });
    const factors = [rounded(emit, a!, steps(x)), columns, scale, scales, zero];
    return emit.node("MatMulIntegerToFloat", b ? [...factors, "", b] : factors, {}, MICROSOFT);
  },
});

const mixing: FormOf<MixingSite> = ({ x, weight }, steps) => ({
  inputs: [weight, x],
  onnx([w, a], emit) {
    // The left factor must be unsigned and has a single scale.
    const largest = emit.node("ReduceMax", [emit.node("Abs", [w!]), emit.ints([0, 1])], { keepdims: 0 });
    const weightScale = emit.node("Max", [emit.node("Mul", [largest, emit.scalar(1 / 127)]), emit.scalar(1e-12)]);
    const whole = emit.node("Round", [emit.node("Div", [w!, weightScale])]);
    const bytes = emit.node("Cast", [emit.node("Add", [whole, emit.scalar(128)])], { to: UINT8 });
    const [scale, zero] = emitSteps(emit, steps(x));
    const middle = emit.constant("uint8", [], Uint8Array.of(128));
    const factors = [bytes, rounded(emit, a!, steps(x)), weightScale, scale, middle, zero];
    return emit.node("MatMulIntegerToFloat", factors, {}, MICROSOFT);
  },
});

const convolutions: FormOf<ConvolutionSite> = ({ x, layers }, steps) => ({
  inputs: [x, ...layers.flatMap(({ weight, bias }) => (bias ? [weight, bias] : [weight]))],
  onnx([a, ...parameters], emit) {
    let at = rounded(emit, a!, steps(x));
    let before = steps(x);
    const left = [...parameters];
    for (const { convolved, bias, rectified } of layers) {
      const { bytes, scales } = roundedWeight(emit, left.shift()!, 4);
      const zeros = emit.node("Cast", [emit.node("Mul", [scales, emit.scalar(0)])], { to: INT8 });
      const [inScale, inZero] = emitSteps(emit, before);
      const own = steps(convolved);
      const inputs = [at, inScale, inZero, bytes, scales, zeros, ...emitSteps(emit, own)];
      if (bias) {
        const unit = emit.node("Mul", [scales, inScale]);
        const whole = emit.node("Round", [emit.node("Div", [left.shift()!, unit])]);
        inputs.push(emit.node("Cast", [whole], { to: INT32 }));
      }
      const { kernel_shape, strides, pads, dilations, group } = convolved.form.attributes!;
      const attributes = { kernel_shape, strides, pads, dilations, group, channels_last: 1 };
      at = emit.node("QLinearConv", inputs, attributes as Record<string, number | readonly number[]>, MICROSOFT);
      before = own;
      if (!rectified) continue;
      const after = steps(rectified.result);
      at = emit.node(
        "QLinearLeakyRelu",
        [at, ...emitSteps(emit, own), ...emitSteps(emit, after)],
        { alpha: { float: rectified.slope } },
        MICROSOFT,
      );
      before = after;
    }
    return emit.node("DequantizeLinear", [at, ...emitSteps(emit, before)]);
  },
});

/** The tensors of a site that are quantised; each needs a range. */
const roundedIn = (site: Site): readonly Tensor[] => [
  site.x,
  ...(site.kind === "convolutions"
    ? site.layers.flatMap(({ convolved, rectified }) => [convolved, ...(rectified ? [rectified.result] : [])])
    : []),
];

const FORMS = { dense, mixing, convolutions } satisfies { [K in Site["kind"]]: FormOf<Extract<Site, { kind: K }>> };

/**
 * Writes a graph in 8 bit for `compile`: every site whose ranges are known, the rest in float. The processor must
 * multiply bytes without saturating sums (VNNI); otherwise the results are wrong. See
 * docs/decisions/0038-eight-bits.md.
 */
export function integerWriting({ outputs, weights = new Map() }: CompileOptions, ranges: Ranges): Writing {
  const { sites, names } = integerSites(Object.values(outputs), new Set<Tensor>(weights.keys()));
  const rangeOf = (tensor: Tensor) => ranges.get(names.get(shapeless(tensor))!);
  const steps = (tensor: Tensor): Steps => stepsOf(rangeOf(tensor)!);
  const forms = new Map<Tensor, AnySizeForm>();
  for (const site of sites)
    if (roundedIn(site).every(rangeOf)) forms.set(site.result, (FORMS[site.kind] as FormOf<Site>)(site, steps));
  return { emit: new Emitter(), formOf: (tensor) => forms.get(tensor) ?? tensor.form };
}
