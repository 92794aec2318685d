/**
 * @file One model for pictures of any size, from graphs of fixed sizes. The graph is built for several sizes; what is
 * equal in all of them is kept, and each number that differs becomes a formula of the size, which the model evaluates.
 * A graph is refused if a number fits no formula or if its nodes differ between sizes.
 */
import { UnblurError } from "../../base/errors.js";
import type { CompileOptions } from "../compile.js";
import { type Emitter, FLOAT, type OnnxNode } from "../emitter.js";
import {
  emitFormula,
  emitSizes,
  type Formula,
  formulaOf,
  isFixed,
  SIZES,
  type Size,
  type SizeNames,
} from "./size-terms.js";
import { type Recorded, type Trace, trace } from "./trace.js";

export interface AnySizeGraph {
  /** Height and width must be multiples of this many pixels. */
  readonly multiple: number;
  /** Builds the graph for a size; labels must be equal for all sizes. */
  build(size: Size): CompileOptions;
}

/**
 * Writes the graph to `emit`. `inputs` holds the name of each input by its label; the result holds the outputs' names
 * by label. The model reads the size from `image`, [N, C, h multiple, w multiple]. Throws `argument` if the graph has
 * no form for any size.
 */
export function emitAnySize(
  emit: Emitter,
  { multiple, build }: AnySizeGraph,
  inputs: Readonly<Record<string, string>> & { readonly image: string },
): Record<string, string> {
  const traces = SIZES.map((size) => trace(build(size)));
  const [first, ...others] = traces as [Trace, ...Trace[]];
  const sizes = emitSizes(emit, inputs.image, multiple);
  const names = new Map(Object.entries(inputs));
  first.nodes.forEach((node, i) => {
    for (const other of others) checkSameNode(node, other.nodes[i]);
    const given = node.inputs.map((name, place) => {
      const recorded = traces.flatMap((one) => one.recorded.get(name) ?? []);
      if (recorded.length === 0) return name === "" ? "" : names.get(name)!;
      return emitRecorded(emit, recorded, sizes, node, place);
    });
    const made = emit.nodeWithOutputs(node.outputs.length, node.opType, given, node.attributes, node.domain);
    node.outputs.forEach((name, k) => {
      names.set(name, made[k]!);
    });
  });
  return Object.fromEntries(first.outputs.map(({ name }) => [name, names.get(name)!]));
}

const refused = (node: OnnxNode, what: string): UnblurError =>
  new UnblurError(
    "argument",
    `export: the network has no form for any size: at ${node.outputs[0]} (${node.opType}) ${what}`,
  );

function checkSameNode(node: OnnxNode, other: OnnxNode | undefined): void {
  if (JSON.stringify(node) !== JSON.stringify(other))
    throw refused(
      node,
      `the graphs of two sizes differ in their operators: ${other ? other.opType : "nothing"} in the other`,
    );
}

/** Writes one number or table: the constant if all sizes agree, else its formula. */
function emitRecorded(
  emit: Emitter,
  recorded: readonly Recorded[],
  sizes: SizeNames,
  node: OnnxNode,
  place: number,
): string {
  const [first] = recorded as [Recorded, ...Recorded[]];
  if (first.kind === "ints") {
    const formulas = first.values.map((_, i) => {
      const values = recorded.map((one) =>
        one.kind === "ints" && one.values.length === first.values.length ? one.values[i]! : Number.NaN,
      );
      return formulaOf(values) ?? fail(node, values);
    });
    return emitInts(emit, formulas, sizes, node.opType === "Reshape" && place === 1);
  }
  if (first.kind === "scalar") {
    const values = recorded.map((one) => (one.kind === "scalar" ? one.value : Number.NaN));
    if (values.every((value) => value === first.value)) return emit.scalar(first.value);
    // A scalar that depends on the size is the factor of a mean: one over a count.
    const counts = values.map((value) => Math.round(1 / value));
    const formula = counts.every((count, i) => Math.abs(count * values[i]! - 1) < 1e-12) ? formulaOf(counts) : null;
    const count = emitFormula(emit, formula ?? fail(node, values), sizes);
    return emit.node("Reciprocal", [emit.node("Cast", [count], { to: FLOAT })]);
  }
  for (const other of recorded)
    if (other.kind !== "table" || !sameTable(first, other)) throw refused(node, "a table of values fits one size only");
  return emit.constant(first.dtype, first.shape, first.data);
}

function fail(node: OnnxNode, values: readonly number[]): never {
  const shown = SIZES.slice(0, 3).map(({ h, w }, i) => `${values[i]} at ${h} x ${w}`);
  throw refused(node, `a number depends on the size by no known formula: ${shown.join(", ")}`);
}

type Table = Extract<Recorded, { kind: "table" }>;
const sameTable = (a: Table, b: Table): boolean =>
  a.data === b.data || (a.dtype === b.dtype && a.shape.join() === b.shape.join() && a.data.join() === b.data.join());

/**
 * Writes a vector of formulas. In a reshape, a single length that varies is written as -1, which needs no computation.
 */
function emitInts(emit: Emitter, formulas: readonly Formula[], sizes: SizeNames, isShape: boolean): string {
  const varying = formulas.filter((formula) => !isFixed(formula)).length;
  if (varying === 0 || (isShape && varying === 1))
    return emit.ints(formulas.map((formula) => (isFixed(formula) ? formula[0]! : -1)));
  const parts = formulas.map((formula) => emitFormula(emit, formula, sizes));
  return parts.length === 1 ? parts[0]! : emit.node("Concat", parts, { axis: 0 });
}
