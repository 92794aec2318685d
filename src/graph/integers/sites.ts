/**
 * @file Places where a graph can be computed in 8 bit: products of an image with fixed weights. Each site is named
 * after the parameters of its weights, so ranges measured on one compilation of a network fit all others.
 */
import { inOrder } from "../compile.js";
import { Placeholder, type Tensor } from "../tensor.js";

/** A dense layer: x [M, I] times the transposed weight [O, I]. */
export interface DenseSite {
  readonly kind: "dense";
  readonly result: Tensor;
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor | null;
}

/** A matrix [P, Q] times the positions [..., Q, M] of each picture. */
export interface MixingSite {
  readonly kind: "mixing";
  readonly result: Tensor;
  readonly x: Tensor;
  readonly weight: Tensor;
}

/** Consecutive convolutions with leaky rectifiers between them; input and output have the channels last. */
export interface ConvolutionSite {
  readonly kind: "convolutions";
  readonly result: Tensor;
  /** [N, H, W, C]. */
  readonly x: Tensor;
  readonly layers: readonly ConvolutionLayer[];
}

export interface ConvolutionLayer {
  readonly convolved: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor | null;
  /** Slope and result of the rectifier after the convolution; null without one. */
  readonly rectified: { readonly slope: number; readonly result: Tensor } | null;
}

export type Site = DenseSite | MixingSite | ConvolutionSite;

export interface Sites {
  readonly sites: readonly Site[];
  /** Names of the tensors that are quantised to 8 bit; each has a range. */
  readonly names: ReadonlyMap<Tensor, string>;
}

/** Products of fewer rows are computed in float: quantising them saves too little. */
const FEWEST_ROWS = 1024;

/** All sites that `outputs` need. `weights`: the placeholders that hold weights. */
export function integerSites(outputs: readonly Tensor[], weights: ReadonlySet<Tensor>): Sites {
  const tensors = inOrder(outputs);
  const uses = new Map<Tensor, number>();
  for (const tensor of tensors) for (const from of tensor.inputs) uses.set(from, (uses.get(from) ?? 0) + 1);
  for (const output of outputs) uses.set(output, (uses.get(output) ?? 0) + 2);
  const labels = weightLabels(tensors, weights);
  const sites = tensors.flatMap((tensor): readonly Site[] => {
    const site = denseSite(tensor, labels) ?? mixingSite(tensor, labels) ?? convolutionSite(tensor, labels, uses);
    return site ? [site] : [];
  });
  return { sites, names: namesOf(sites, labels) };
}

/**
 * Labels of the parameters from which a tensor is computed, if it depends on parameters and constants alone. Tensors
 * that depend on a picture have no entry.
 */
function weightLabels(
  tensors: readonly Tensor[],
  weights: ReadonlySet<Tensor>,
): ReadonlyMap<Tensor, readonly string[]> {
  const labels = new Map<Tensor, readonly string[]>();
  for (const tensor of tensors) {
    if (tensor instanceof Placeholder) {
      if (weights.has(tensor)) labels.set(tensor, [tensor.label]);
    } else if (tensor.inputs.every((from) => labels.has(from))) {
      labels.set(tensor, [...new Set(tensor.inputs.flatMap((from) => labels.get(from)!))]);
    }
  }
  return labels;
}

const isFixed = (tensor: Tensor | undefined, labels: ReadonlyMap<Tensor, readonly string[]>): tensor is Tensor =>
  tensor !== undefined && (labels.get(tensor)?.length ?? 0) > 0;

type Labels = ReadonlyMap<Tensor, readonly string[]>;

function denseSite(result: Tensor, labels: Labels): DenseSite | null {
  const [x, weight, bias = null] = result.inputs;
  const { name, attributes } = result.form;
  const dense = name === "linear" || (name === "matmul" && attributes?.transposeB === 1 && attributes.transposeA === 0);
  if (!dense || labels.has(x!) || !isFixed(weight, labels) || weight.shape.length !== 2) return null;
  if (x!.shape.length !== 2 || x!.shape[0]! < FEWEST_ROWS) return null;
  return { kind: "dense", result, x: x!, weight, bias };
}

function mixingSite(result: Tensor, labels: Labels): MixingSite | null {
  const [weight, x] = result.inputs;
  const { name, attributes } = result.form;
  if (name !== "matmul" || attributes?.transposeA !== 0 || attributes.transposeB !== 0) return null;
  if (!isFixed(weight, labels) || labels.has(x!) || weight.shape.length !== 2) return null;
  return x!.shape.at(-1)! < FEWEST_ROWS ? null : { kind: "mixing", result, x: x!, weight };
}

const isTransposition = (tensor: Tensor, order: string): boolean =>
  tensor.form.name === "transpose" && String(tensor.form.attributes?.perm) === order;

function convolutionSite(result: Tensor, labels: Labels, uses: ReadonlyMap<Tensor, number>): ConvolutionSite | null {
  if (!isTransposition(result, "0,2,3,1")) return null;
  const layers: ConvolutionLayer[] = [];
  let at = result.inputs[0]!;
  const only = (tensor: Tensor) => uses.get(tensor) === 1;
  for (;;) {
    const slope = at.form.name === "leakyRelu" ? at.form.attributes?.alpha : undefined;
    const rectified = typeof slope === "object" && "float" in slope ? { slope: slope.float, result: at } : null;
    const convolved = rectified ? at.inputs[0]! : at;
    const [x, weight, bias = null] = convolved.inputs;
    const fits = convolved.form.name === "conv2d" && convolved.form.attributes?.group === 1;
    if (!fits || !only(at) || !only(convolved) || !isFixed(weight, labels)) return null;
    layers.unshift({ convolved, weight, bias, rectified });
    if (isTransposition(x!, "0,3,1,2")) return { kind: "convolutions", result, x: x!.inputs[0]!, layers };
    at = x!;
  }
}

/** The tensor before reshaping: its values are the same, so one range serves both. */
export const shapeless = (x: Tensor): Tensor => (x.form.name === "reshape" ? shapeless(x.inputs[0]!) : x);

/** The quantised tensors of a site, each with the weight that names it. */
const roundedOf = (site: Site): readonly (readonly [Tensor, Tensor])[] =>
  site.kind !== "convolutions"
    ? [[shapeless(site.x), site.weight]]
    : [
        [shapeless(site.x), site.layers[0]!.weight],
        ...site.layers.flatMap(({ convolved, rectified, weight }) => [
          [convolved, weight] as const,
          ...(rectified ? [[rectified.result, weight] as const] : []),
        ]),
      ];

function namesOf(sites: readonly Site[], labels: Labels): Map<Tensor, string> {
  const names = new Map<Tensor, string>();
  const counts = new Map<string, number>();
  for (const [tensor, weight] of sites.flatMap(roundedOf)) {
    if (names.has(tensor)) continue;
    const base = labels.get(weight)!.join(" ");
    const count = (counts.get(base) ?? 0) + 1;
    counts.set(base, count);
    names.set(tensor, count === 1 ? base : `${base} #${count}`);
  }
  return names;
}

/** The tensors to be quantised, by name; calibration measures their ranges. */
export const roundedTensors = ({ names }: Sites): ReadonlyMap<string, Tensor> =>
  new Map(Array.from(names, ([tensor, name]) => [name, tensor]));
