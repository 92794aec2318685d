/**
 * @file Finds the weights in a saved object, and removes the wrappers that published training code puts around them.
 */
import { UnblurError } from "../../base/errors.js";
import { quoted } from "./refusal.js";
import { describeValue, type PickleValue, TorchTensor } from "./values.js";

/** Keys under which training code saves a state dict, preferred first: averaged weights restore better. */
const WRAPPERS = [
  "params_ema",
  "ema",
  "params",
  "model",
  "state_dict",
  "model_state_dict",
  "net",
  "network",
  "netG",
] as const;
/** Prefixes that wrappers add to all names: DataParallel, and the diffusion around a network in SR3's code. */
const PREFIXES = ["module.", "model.", "denoise_fn.", "netG."] as const;
/**
 * Parameters are named after their layer and a dot. Names without a dot belong to no layer: they are what a diffusion
 * saves beside its network, such as its schedule. Normalisation counts its batches, which changes no result.
 */
const isBuffer = (name: string): boolean => !name.includes(".") || name.endsWith(".num_batches_tracked");
const MAX_DEPTH = 4;

export interface StateDict {
  /** Keys that lead to it, e.g. ["params_ema"]. */
  readonly path: readonly string[];
  /** Other keys of the same dictionaries, which were skipped. */
  readonly passedOver: readonly string[];
  /** Prefix that was removed from every name, e.g. "module.". */
  readonly prefix: string;
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  /** Tensors that belong to no layer, by name: a diffusion's schedule. */
  readonly buffers: ReadonlyMap<string, TorchTensor>;
}

const holdsTensors = (value: PickleValue | undefined): value is Map<PickleValue, PickleValue> =>
  value instanceof Map && [...value.values()].some((item) => item instanceof TorchTensor);

/** Finds the state dict in the saved object. Throws `checkpoint` if there is none. */
export function findStateDict(root: PickleValue, where: string): StateDict {
  const path: string[] = [];
  const passedOver: string[] = [];
  let at: PickleValue | undefined = root;
  while (!holdsTensors(at) && at instanceof Map && path.length < MAX_DEPTH) {
    const here: ReadonlyMap<PickleValue, PickleValue> = at;
    const next = WRAPPERS.find((key) => here.get(key) instanceof Map);
    if (!next) break;
    path.push(next);
    passedOver.push(...[...here.keys()].filter((key) => key !== next).map(describeValue));
    at = here.get(next);
  }
  if (!holdsTensors(at)) {
    const keys = at instanceof Map ? [...at.keys()].slice(0, 10).map((key) => quoted(describeValue(key))) : [];
    throw new UnblurError(
      "checkpoint",
      `${where}: expected a dictionary of tensors, or one under ${WRAPPERS.join(", ")}; ` +
        `got ${keys.length > 0 ? `a dictionary of ${keys.join(", ")}` : "something else"}`,
    );
  }
  const named = [...at].filter((pair): pair is [string, TorchTensor] => {
    const [key, value] = pair;
    return typeof key === "string" && value instanceof TorchTensor;
  });
  return { path, passedOver, ...withoutPrefix(named) };
}

function withoutPrefix(named: readonly (readonly [string, TorchTensor])[]) {
  let prefix = "";
  let rest = named;
  const buffers = new Map<string, TorchTensor>();
  for (;;) {
    for (const [name, tensor] of rest) if (isBuffer(name)) buffers.set(name, tensor);
    rest = rest.filter(([name]) => !isBuffer(name));
    // What follows a wrapper is the name of a part. A number is a place in a sequence, which is then the network's own.
    const common = PREFIXES.find(
      (start) =>
        rest.length > 0 &&
        rest.every(([name]) => name.startsWith(start)) &&
        !rest.every(([name]) => /^\d/.test(name.slice(start.length))),
    );
    if (!common) return { prefix, tensors: new Map(rest), buffers };
    prefix += common;
    rest = rest.map(([name, tensor]) => [name.slice(common.length), tensor]);
  }
}
