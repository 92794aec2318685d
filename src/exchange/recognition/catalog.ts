/**
 * @file Recognition of the network that a checkpoint's tensors belong to: all recognised architectures, and the refusal
 * of others.
 */
import { UnblurError } from "../../base/errors.js";
import { problemsOf } from "../../base/problems.js";
import { sameShape } from "../../graph/tensor.js";
import { type Architecture, createNetwork, type NetworkConfig, networkConfigSchema } from "../../networks/catalog.js";
import type { Network } from "../../networks/network.js";
import {
  recogniseDbgan,
  recogniseDbganSmall,
  recogniseDeblurgan,
  recogniseFpnInception,
  recogniseFpnMobilenet,
} from "./deblurgan.js";
import { recogniseHinet, recogniseMaxim, recogniseMimoUnet, recogniseMprnet, recogniseNafnet } from "./deblurring.js";
import { recogniseHan, recogniseRcan, recogniseRdn, recogniseRrdbNet, recogniseRrdn } from "./enlarging.js";
import { type CheckpointShapes, printable, type Recognise } from "./shapes.js";
import { recogniseConditionalUnet, recogniseSr3 } from "./sr3-unets.js";

interface RecogniserEntry {
  readonly recognise: Recognise;
  /**
   * Settings that change the result and leave no trace in a checkpoint. They are assumed to be as published unless the
   * importing user states them.
   */
  readonly unseen: readonly string[];
}

/** Null for an architecture without checkpoints published elsewhere. */
export const RECOGNISERS: { readonly [A in Architecture]: RecogniserEntry | null } = {
  "residual-unet": null,
  "motion-bank": null,
  "conditional-unet": { recognise: recogniseConditionalUnet, unseen: ["groups", "attention"] },
  sr3: { recognise: recogniseSr3, unseen: ["groups"] },
  rcan: { recognise: recogniseRcan, unseen: [] },
  han: { recognise: recogniseHan, unseen: [] },
  rdn: { recognise: recogniseRdn, unseen: [] },
  rrdn: { recognise: recogniseRrdn, unseen: [] },
  "rrdb-net": { recognise: recogniseRrdbNet, unseen: [] },
  hinet: { recognise: recogniseHinet, unseen: [] },
  mprnet: { recognise: recogniseMprnet, unseen: [] },
  "mimo-unet": { recognise: recogniseMimoUnet, unseen: [] },
  nafnet: { recognise: recogniseNafnet, unseen: ["pooling"] },
  maxim: { recognise: recogniseMaxim, unseen: [] },
  deblurgan: { recognise: recogniseDeblurgan, unseen: ["statistics", "addInput"] },
  "fpn-mobilenet": { recognise: recogniseFpnMobilenet, unseen: ["statistics"] },
  "fpn-inception": { recognise: recogniseFpnInception, unseen: ["statistics"] },
  dbgan: { recognise: recogniseDbgan, unseen: [] },
  "dbgan-small": { recognise: recogniseDbganSmall, unseen: ["statistics"] },
  "blur-generator": null, // restores nothing
  // Recognised by src/networks/known-kernel/catalog.ts.
  dwdn: null,
  infwide: null,
  nbdn: null,
};

export const RECOGNISED = (Object.keys(RECOGNISERS) as Architecture[]).filter((name) => RECOGNISERS[name]);

export interface RecognisedNetwork {
  readonly config: NetworkConfig;
  readonly network: Network;
  /** Settings in `config` that neither the checkpoint nor `overrides` determines. */
  readonly assumed: readonly string[];
}

/**
 * The network whose parameters are exactly the given tensors. `overrides`: settings known from elsewhere. If no network
 * fits, throws `checkpoint` with a description of the tensors.
 */
export function recogniseNetwork(
  checkpoint: CheckpointShapes,
  where: string,
  overrides: Readonly<Record<string, unknown>> = {},
): RecognisedNetwork {
  const found = RECOGNISED.flatMap((architecture) => {
    const settings = RECOGNISERS[architecture]!.recognise(checkpoint);
    return settings ? [{ architecture, settings }] : [];
  });
  const [first] = found;
  if (!first)
    throw new UnblurError(
      "checkpoint",
      `${where}: ${describeNearest(checkpoint, RECOGNISED)}; known networks: ${RECOGNISED.join(", ")}`,
    );
  const { architecture, settings } = first;
  const described = Object.entries(settings).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  const refuse = (what: string) =>
    new UnblurError("checkpoint", `${where}: looks like ${architecture} (${described.join(", ")}), but ${what}`);
  const config = networkConfigSchema.safeParse({ architecture, ...settings, ...overrides });
  if (!config.success) throw refuse(`these settings are not valid together: ${problemsOf(config.error)}`);
  const network = networkOf(config.data, refuse);
  const misfit = fitOf(network, checkpoint);
  if (misfit) throw refuse(misfit);
  return {
    config: config.data,
    network,
    assumed: RECOGNISERS[architecture]!.unseen.filter((name) => !Object.hasOwn(overrides, name)),
  };
}

function networkOf(config: NetworkConfig, refuse: (what: string) => UnblurError): Network {
  try {
    return createNetwork(config);
  } catch (error) {
    if (error instanceof UnblurError) throw refuse(`such a network cannot be created: ${error.message}`);
    throw error;
  }
}

/** The first items of a list, and the number of the rest. */
const some = (items: readonly string[]): string =>
  `${items.slice(0, 3).join(", ")}${items.length > 3 ? ` and ${items.length - 3} more` : ""}`;

/**
 * Checks that a checkpoint's tensors are a network's parameters. Returns the first mismatch; null if everything fits. A
 * missing alias is accepted: its parameter exists under its own name.
 */
function fitOf({ parameters, aliases }: Network, checkpoint: CheckpointShapes): string | null {
  const expected = new Map(parameters.map(({ label, shape }) => [label, shape]));
  const missing = [...expected.keys()].filter((label) => !checkpoint.has(label));
  if (missing.length > 0) return `${missing.length} of its tensors are missing: ${some(missing.map(printable))}`;
  const others = [...checkpoint.shapes].flatMap(([name, shape]) => {
    const needed = expected.get(aliases?.get(name) ?? name);
    return needed && !sameShape(needed, shape) ? [`${printable(name)} is [${shape}] instead of [${needed}]`] : [];
  });
  if (others.length > 0) return `shapes differ: ${some(others)}`;
  const unknown = [...checkpoint.shapes.keys()].filter((name) => !expected.has(name) && !aliases?.has(name));
  return unknown.length > 0 ? `it has ${unknown.length} additional tensors: ${some(unknown.map(printable))}` : null;
}

/** A name without its numbers, so that other counts of blocks and levels do not matter. */
const pattern = (name: string): string => name.replace(/\b\d+\b/g, "#");
const patterns = (names: Iterable<string>): Set<string> => new Set([...names].map(pattern));

/** Number of name patterns that the checkpoint shares with the published architecture, and the architecture's total. */
function sharedWith(architecture: Architecture, own: ReadonlySet<string>): number {
  const { parameters } = createNetwork(networkConfigSchema.parse({ architecture }));
  const theirs = patterns(parameters.map(({ label }) => label));
  return [...own].filter((name) => theirs.has(name)).length;
}

/**
 * Describes a checkpoint whose network is unknown: its tensors, and the one of the `known` architectures that shares
 * most of their names.
 */
function describeNearest({ shapes }: CheckpointShapes, known: readonly Architecture[]): string {
  const names = [...shapes.keys()];
  if (names.length === 0) return "it contains no tensors of layers";
  const own = patterns(names);
  const ranked = known.map((name) => ({ name, shared: sharedWith(name, own) })).sort((a, b) => b.shared - a.shared);
  const nearest = ranked[0]!;
  const listed = names.slice(0, 4).map((name) => `${printable(name)} [${shapes.get(name)!}]`);
  return (
    `its network is unknown: ${names.length} tensors, ${listed.join(", ")}${names.length > 4 ? ", ..." : ""}; ` +
    (nearest.shared > 0
      ? `the nearest network is ${nearest.name}, with ${nearest.shared} of the checkpoint's ${own.size} name patterns`
      : "none of their names belongs to a known network")
  );
}
