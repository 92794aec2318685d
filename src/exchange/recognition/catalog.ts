/**
 * @file Recognition of the network that a checkpoint's tensors belong to: all recognised architectures, and the refusal
 * of others.
 */
import { UnblurError } from "../../base/errors.js";
import { problemsOf } from "../../base/problems.js";
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
import { fitOf } from "./fit.js";
import { describeNearest } from "./nearest.js";
import { recogniseHan, recogniseRcan } from "./residual-groups.js";
import type { CheckpointShapes, Recognise } from "./shapes.js";
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
  const told = Object.entries(settings).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  const refuse = (what: string) =>
    new UnblurError("checkpoint", `${where}: looks like ${architecture} (${told.join(", ")}), but ${what}`);
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
