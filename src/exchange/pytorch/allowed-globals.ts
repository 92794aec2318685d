/**
 * @file Allow-list of the classes and functions in state dicts, with the meaning of each. Any other name in a pickle is
 * refused: nothing outside this list is ever looked up, let alone called.
 */
import { STORAGE_CLASSES } from "./dtypes.js";
import { Global, type PickleMap, type PickleValue, TorchStorage, TorchTensor } from "./values.js";

type Call = (values: readonly PickleValue[]) => PickleValue;

/** A call with arguments that its callee does not take. The reader adds the file's name. */
export class BadCall extends Error {}

/** More dimensions than any layer's weight has. */
const MAX_RANK = 16;

function counts(value: PickleValue | undefined, what: string): readonly number[] {
  if (
    !Array.isArray(value) ||
    value.length > MAX_RANK ||
    !value.every((item): item is number => typeof item === "number" && Number.isSafeInteger(item) && item >= 0)
  )
    throw new BadCall(`a tensor's ${what} must be a short list of counts`);
  return value;
}

/**
 * Arguments (storage, offset, shape, strides, ...). All elements must be inside the storage and none may be repeated.
 */
const tensor: Call = ([storage, offset, size, stride]) => {
  if (!(storage instanceof TorchStorage)) throw new BadCall("a tensor has no storage");
  const [start] = counts([offset ?? null], "offset");
  const shape = counts(size, "shape");
  const strides = counts(stride, "strides");
  if (strides.length !== shape.length) throw new BadCall(`a tensor of shape [${shape}] has ${strides.length} strides`);
  const result = new TorchTensor(storage, start!, shape, strides);
  const last = shape.reduce((at, length, i) => at + (length - 1) * strides[i]!, start!);
  if (result.size > storage.count || (result.size > 0 && !(last < storage.count)))
    throw new BadCall(
      `a tensor of shape [${shape}], strides [${strides}] at ${start} is larger than its storage of ${storage.count}`,
    );
  return result;
};

const parameter: Call = ([data]) => {
  if (!(data instanceof TorchTensor)) throw new BadCall("a parameter holds no tensor");
  return data;
};

/** Makes a dictionary from nothing, from another dictionary (which is returned), or from a list of pairs. */
const dictionary: Call = ([content]): PickleMap => {
  if (content === undefined) return new Map();
  if (content instanceof Map) return content;
  if (Array.isArray(content) && content.every((pair) => Array.isArray(pair) && pair.length === 2))
    return new Map(content as [PickleValue, PickleValue][]);
  throw new BadCall("a dictionary is built from something other than pairs");
};

const list: Call = ([content = []]) => {
  if (!Array.isArray(content)) throw new BadCall("a list is built from something other than a list");
  return content;
};

const set: Call = ([content = []]) => {
  if (!Array.isArray(content)) throw new BadCall("a set is built from something other than a list");
  return new Set(content);
};

const CALLS: Readonly<Record<string, Call>> = {
  "collections.OrderedDict": dictionary,
  "collections.Counter": dictionary,
  "builtins.set": set,
  "__builtin__.set": set,
  "torch.Size": list,
  "torch._utils._rebuild_tensor": tensor,
  "torch._utils._rebuild_tensor_v2": tensor,
  "torch._utils._rebuild_parameter": parameter,
  "torch.nn.parameter.Parameter": parameter,
};

const NAMES = Object.keys(STORAGE_CLASSES).flatMap((name) => [`torch.${name}`, `torch.cuda.${name}`]);

const ALLOWED: ReadonlyMap<string, Global> = new Map(
  [...Object.entries(CALLS), ...NAMES.map((name) => [name, undefined] as const)].map(([name, call]) => [
    name,
    new Global(name, call),
  ]),
);

/** The meaning of a module's name and a name in it; undefined if no state dict needs it. */
export const allowedGlobal = (module: string, name: string): Global | undefined => ALLOWED.get(`${module}.${name}`);
