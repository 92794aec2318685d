/**
 * @file One model for pictures of any size from graphs of single sizes: the graph is built for several, what is equal in all is kept,
 * and each number that differs becomes a formula of the size that the model computes. Nothing is guessed: a graph whose numbers follow
 * no formula, or whose nodes differ from size to size, is refused.
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
  /** Sides are whole multiples of this many pixels. */
  readonly multiple: number;
  /** The graph for a size, with the same labels for all. */
  build(size: Size): CompileOptions;
}

/**
 * Writes the graph to `emit`. `inputs` and the result are names by label; of `image`, [N, C, h multiple, w multiple], the model takes
 * the size. Throws `argument` if the graph does not exist for any size.
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
      `graphs of two sizes differ in their operators: ${other ? other.opType : "nothing"} in the other`,
    );
}

/** One number or table of all sizes: as it is where all agree, else computed. */
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
    // What depends on the size is a mean's: one over a count.
    const counts = values.map((value) => Math.round(1 / value));
    const formula = counts.every((count, i) => Math.abs(count * values[i]! - 1) < 1e-12) ? formulaOf(counts) : null;
    const count = emitFormula(emit, formula ?? fail(node, values), sizes);
    return emit.node("Reciprocal", [emit.node("Cast", [count], { to: FLOAT })]);
  }
  for (const other of recorded)
    if (other.kind !== "table" || !sameTable(first, other)) throw refused(node, "a table is made for one size");
  return emit.constant(first.dtype, first.shape, first.data);
}

function fail(node: OnnxNode, values: readonly number[]): never {
  const shown = SIZES.slice(0, 3).map(({ h, w }, i) => `${values[i]} at ${h} x ${w}`);
  throw refused(node, `a number follows the size in no way known here: ${shown.join(", ")}`);
}

type Table = Extract<Recorded, { kind: "table" }>;
const sameTable = (a: Table, b: Table): boolean =>
  a.data === b.data || (a.dtype === b.dtype && a.shape.join() === b.shape.join() && a.data.join() === b.data.join());

/** A vector of formulas. A single length that varies is -1 in a reshape, which needs no computing. */
function emitInts(emit: Emitter, formulas: readonly Formula[], sizes: SizeNames, isShape: boolean): string {
  const varying = formulas.filter((formula) => !isFixed(formula)).length;
  if (varying === 0 || (isShape && varying === 1))
    return emit.ints(formulas.map((formula) => (isFixed(formula) ? formula[0]! : -1)));
  const parts = formulas.map((formula) => emitFormula(emit, formula, sizes));
  return parts.length === 1 ? parts[0]! : emit.node("Concat", parts, { axis: 0 });
}
