/**
 * @file The fixtures of `checkpoints/`: files of `torch.save`, number by number, and the restorations of the networks
 * in them.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { importCheckpoint } from "../../../src/exchange/import-checkpoint.js";
import { openTorchFile, type TorchFile, toFloat32 } from "../../../src/exchange/pytorch/checkpoint-file.js";
import { readTorchCheckpoint } from "../../../src/exchange/pytorch/content.js";
import { sourceFromBytes } from "../../../src/exchange/pytorch/source.js";
import { findStateDict, type StateDict } from "../../../src/exchange/pytorch/state-dict.js";
import { parseSafetensors } from "../../../src/exchange/safetensors.js";
import type { GoldenCheck } from "../check.js";
import { givenOf, outputOutcome } from "./imported-model.js";
import { compared, type Outcome, type Tensors, tensorsOf } from "./outcome.js";

interface Listed {
  readonly files: readonly string[];
  /** The network's fixture that the weights are of. */
  readonly golden: string;
}

interface Described {
  readonly shape: readonly number[];
  readonly sum: number;
  readonly first: readonly number[];
}

/** A parameter in a network's fixture; described further where its values are in the checkpoint alone. */
type Key = { readonly name: string; readonly shape: readonly number[] } & Partial<Described>;
/** A count of batches, which a network's fixture does not keep. */
const isCount = ({ name }: { readonly name: string }): boolean => name.endsWith(".num_batches_tracked");

const json = <T>(root: string, file: string): T => JSON.parse(readFileSync(join(root, file), "utf8")) as T;
const open = (root: string, file: string): Promise<TorchFile> =>
  openTorchFile(sourceFromBytes(readFileSync(join(root, file))), file);
const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((total, value) => total + value, 0);

/** Things that are the same or not, as an outcome: how many differ. */
const same = (name: string, actual: readonly string[], expected: readonly string[]): Outcome => {
  const different = [...actual, ...expected].filter((item) => actual.includes(item) !== expected.includes(item));
  return { kind: "compared", name, error: different.length, tolerance: 0, at: different.slice(0, 3).join("; ") };
};

/** `params_ema` was saved as half of `params`, so that one sees which was taken. */
const factorOf = ({ path }: StateDict): number => (path.includes("params_ema") ? 0.5 : 1);

/** Counts are found before the wrapper's prefix is removed from the names of the rest. */
const withoutWrapper = ({ prefix }: StateDict, name: string): string =>
  name.startsWith(prefix) ? name.slice(prefix.length) : name;

async function checkState(root: string, file: string, golden: string): Promise<Outcome[]> {
  const torch = await open(root, file);
  const state = findStateDict(torch.root, file);
  const loaded = await torch.load(state.tensors);
  const factor = factorOf(state);
  const counts = new Map([...state.buffers].filter(([name]) => isCount({ name })));
  const stem = golden.replace(/\.safetensors$/, "");
  const { state_keys } = json<{ state_keys: readonly Key[] }>(root, `${stem}.json`);
  const stored = tensorsOf(parseSafetensors(readFileSync(join(root, golden)), golden));
  const shapes = (items: Iterable<readonly [string, readonly number[]]>) =>
    [...items].map(([name, shape]) => `${name} [${shape}]`);
  return [
    same(
      "names and shapes",
      shapes([...state.tensors, ...counts].map(([name, { shape }]) => [withoutWrapper(state, name), shape])),
      shapes(state_keys.map(({ name, shape }) => [name, shape])),
    ),
    ...state_keys.flatMap((key) => {
      if (isCount(key)) return [];
      const { name, sum: total, first } = key;
      const values = toFloat32(loaded.get(name)!);
      const scaled = (numbers: ArrayLike<number>) => Array.from(numbers, (value) => value * factor);
      const inFile = valuesOf(stored, name).map((expected) => compared(name, values, scaled(expected), {}));
      if (total === undefined || !first) return inFile;
      return [
        ...inFile,
        compared(`${name}: first values`, values.slice(0, first.length), scaled(first), {}),
        compared(`${name}: sum`, [sum(values)], scaled([total]), { absolute: 1e-9 }),
      ];
    }),
  ];
}

/** Rounding of float32 and, where some of the weights are half precision, of these. */
const OUTPUT = { float32: 1e-4, mixed: 5e-2 };

/** The restoration of the model that the file is imported as, against the published code's. */
async function checkImport(root: string, file: string, golden: string, relative: number): Promise<Outcome> {
  const content = await readTorchCheckpoint(sourceFromBytes(readFileSync(join(root, file))), file);
  const { config, part, weights } = importCheckpoint(content, file, givenOf(root, golden));
  const factor = factorOf(findStateDict((await open(root, file)).root, file));
  const whole = new Map([...weights].map(([name, values]) => [name, values.map((value) => value / factor)]));
  return outputOutcome(root, golden, { name: file, config, weights: { [part]: whole } }, relative);
}

/** A fixture keeps its weights in its own file or in the checkpoint alone. */
const valuesOf = (stored: Tensors, name: string): Float32Array[] =>
  stored.has(`state/${name}`) ? [stored.get(`state/${name}`)] : [];

const ODD = "checkpoints/odd_dtypes_strides.json";
/** The last digit of each type, relative to a number of its size. */
const PRECISION: Readonly<Record<string, number>> = { float16: 2 ** -11 };

async function checkOdd(root: string, file: string, golden: string): Promise<Outcome[]> {
  const torch = await open(root, file);
  const state = findStateDict(torch.root, file);
  const tensors = new Map([...state.tensors, ...state.buffers]);
  const loaded = await torch.load(tensors);
  const described = json<Readonly<Record<string, Described & { readonly dtype: string }>>>(root, ODD);
  const stored = tensorsOf(parseSafetensors(readFileSync(join(root, golden)), golden));
  return [
    same(
      "names, types and shapes",
      [...tensors].map(([name, { dtype, shape }]) => `${name} torch.${dtype} [${shape}]`),
      Object.entries(described).map(([name, { dtype, shape }]) => `${name} ${dtype} [${shape}]`),
    ),
    ...Object.entries(described).flatMap(([name, { first, sum: total }]) => {
      const values = Array.from(loaded.get(name)!, Number);
      return [
        compared(`${name}: first values`, values.slice(0, first.length), first, {}),
        compared(`${name}: sum`, [sum(values)], [total], { absolute: 1e-12, relative: 1e-12 }),
        ...valuesOf(stored, name).map((expected) =>
          compared(name, values, expected, { relative: PRECISION[tensors.get(name)!.dtype] ?? 0 }),
        ),
      ];
    }),
  ];
}

/**
 * Returns whether a fixture's output is that of a batch in train mode, which no restoration of one photo is: see
 * `predict.ts`.
 */
const isOfBatch = (root: string, golden: string): boolean =>
  json<{ train_mode?: boolean }>(root, golden.replace(/\.safetensors$/, ".json")).train_mode === true;

export function checkpointChecks(root: string): GoldenCheck[] {
  return json<readonly Listed[]>(root, "checkpoints/index.json").flatMap(({ files, golden }) =>
    files.map((file) => {
      const odd = file.includes("odd_dtypes_strides");
      return {
        files: [...(odd ? [ODD] : []), file],
        check: async (dir: string) => [
          ...(await (odd ? checkOdd : checkState)(dir, file, golden)),
          ...(isOfBatch(dir, golden)
            ? []
            : [await checkImport(dir, file, golden, odd ? OUTPUT.mixed : OUTPUT.float32)]),
        ],
      };
    }),
  );
}
