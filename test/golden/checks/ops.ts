/** @file The fixtures of `ops/`: every case forward, and its gradient for the stored upstream gradient. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createRuntime } from "../../../platform/node/threads/runtime.js";
import { parseSafetensors } from "../../../src/exchange/safetensors.js";
import { compile } from "../../../src/graph/compile.js";
import { gradients } from "../../../src/graph/gradients.js";
import { filled } from "../../../src/graph/ops/constant.js";
import { input, type Placeholder, type Shape, sizeOf, type Tensor } from "../../../src/graph/tensor.js";
import { Scope } from "../../../src/nn/parameters.js";
import { floatResult, floats, type TensorValue } from "../../../src/runtime/session.js";
import type { GoldenCheck } from "../check.js";
import { Attributes } from "./ops/attributes.js";
import { BUILDERS, FORWARD_TOLERANCE } from "./ops/builders.js";
import { compared, type Outcome, skipped, type Tensors, tensorsOf } from "./outcome.js";

/** A case of ops.json, as far as it is read. */
export interface OpCase {
  readonly name: string;
  readonly op: string;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, Shape>>;
  readonly output: Shape;
  readonly grads: readonly string[];
  /** The value of a scalar result, in float64. */
  readonly value?: number;
}

/** Many cases share a session: opening one costs more than computing them. */
const CASES_PER_SESSION = 40;
const GRADIENT_TOLERANCE = 1e-5;

interface BuiltCase {
  readonly golden: OpCase;
  readonly placeholders: readonly Placeholder[];
  readonly feeds: Readonly<Record<string, TensorValue>>;
  /** `CASE/out` and `CASE/grad_INPUT`. */
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/** The case's graph, its gradients, and its values by label. */
export function buildCase(golden: OpCase, tensors: Tensors): BuiltCase {
  const { name, op, attrs, inputs, grads } = golden;
  const label = (key: string): string => `${name}.${key}`;
  const made = new Map<string, Placeholder>();
  const scope = Scope.root();
  const get = (key: string): Tensor => {
    const shape = inputs[key];
    if (!shape) throw new Error(`${name}: no input "${key}" among ${Object.keys(inputs).join(", ")}`);
    const known = made.get(key) ?? input(label(key), shape);
    made.set(key, known);
    return known;
  };
  const names = Object.keys(inputs);
  const y = BUILDERS[op]!(
    { get, has: (key) => key in inputs, names, scope: scope.child(name) },
    new Attributes(name, attrs),
  );
  if (y.size !== sizeOf(golden.output)) throw new Error(`${name}: expected [${golden.output}], got [${y.shape}]`);
  for (const parameter of scope.parameters()) {
    const key = parameter.label.slice(name.length + 1);
    if (parameter.shape.join() !== inputs[key]?.join())
      throw new Error(`${name}: parameter "${key}" is [${parameter.shape}], the case has [${inputs[key]}]`);
    made.set(key, parameter);
  }
  const targets = grads.map((grad) => {
    const target = made.get(grad.replace(/^grad_/, ""));
    if (!target) throw new Error(`${name}: nothing was made of the input of ${grad}`);
    return target;
  });
  const upstream = tensors.has(`${name}/grad_out`) ? input(label("grad_out"), y.shape) : null;
  const found = gradients(y, targets, upstream ?? filled(y.shape, 1));
  const placeholders = [...made.values(), ...(upstream ? [upstream] : [])];
  return {
    golden,
    placeholders,
    feeds: Object.fromEntries(
      placeholders.map((placeholder) => [
        placeholder.label,
        floats(tensors.get(`${name}/${placeholder.label.slice(name.length + 1)}`), placeholder.shape),
      ]),
    ),
    outputs: { [`${name}/out`]: y, ...Object.fromEntries(grads.map((grad, i) => [`${name}/${grad}`, found[i]!])) },
  };
}

async function runCases(cases: readonly BuiltCase[], tensors: Tensors): Promise<Outcome[]> {
  const graph = compile({
    inputs: cases.flatMap(({ placeholders }) => placeholders),
    outputs: Object.assign({}, ...cases.map(({ outputs }) => outputs)) as Record<string, Tensor>,
  });
  await using session = await createRuntime({ threads: 1 }).open(graph);
  const values = await session.run(Object.assign({}, ...cases.map(({ feeds }) => feeds)));
  return cases.flatMap(({ golden: { name, op, grads, value } }) => [
    compared(
      `${name}/out`,
      floatResult(values, `${name}/out`),
      tensors.has(`${name}/out`) ? tensors.get(`${name}/out`) : [value!],
      { relative: FORWARD_TOLERANCE[op] ?? 2e-6 },
    ),
    ...grads.map((grad) =>
      compared(`${name}/${grad}`, floatResult(values, `${name}/${grad}`), tensors.get(`${name}/${grad}`), {
        relative: GRADIENT_TOLERANCE,
      }),
    ),
  ]);
}

/** Every case whose op is offered; the others are named. */
async function checkOps(cases: readonly OpCase[], tensors: Tensors): Promise<Outcome[]> {
  const offered = cases.filter(({ op }) => Object.hasOwn(BUILDERS, op));
  const outcomes = cases
    .filter(({ op }) => !Object.hasOwn(BUILDERS, op))
    .map(({ name, op }) => skipped(name, `op ${op} not offered yet`));
  for (let start = 0; start < offered.length; start += CASES_PER_SESSION) {
    const built = offered.slice(start, start + CASES_PER_SESSION).map((golden) => buildCase(golden, tensors));
    outcomes.push(...(await runCases(built, tensors)));
  }
  return outcomes;
}

const [TEXT, NUMBERS] = ["ops/ops.json", "ops/ops.safetensors"] as const;
export const opsChecks: readonly GoldenCheck[] = [
  {
    files: [TEXT, NUMBERS],
    check: async (root) => {
      const { cases } = JSON.parse(readFileSync(join(root, TEXT), "utf8")) as { cases: OpCase[] };
      return checkOps(cases, tensorsOf(parseSafetensors(readFileSync(join(root, NUMBERS)), NUMBERS)));
    },
  },
];
