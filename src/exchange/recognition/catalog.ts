/** @file From the tensors of a checkpoint to the network they are of: every architecture that is recognised, and what is said of others. */
import { UnblurError } from "../../base/errors.js";
import { problemsOf } from "../../base/problems.js";
import { type Architecture, createNetwork, type NetworkConfig, networkConfigSchema } from "../../networks/catalog.js";
import type { Network } from "../../networks/network.js";
import { recogniseHinet, recogniseMaxim, recogniseMimoUnet, recogniseMprnet, recogniseNafnet } from "./deblurring.js";
import { fitOf } from "./fit.js";
import { describeNearest } from "./nearest.js";
import { recogniseHan, recogniseRcan } from "./residual-groups.js";
import type { CheckpointShapes, Recognise } from "./shapes.js";
import { recogniseConditionalUnet, recogniseSr3 } from "./sr3-unets.js";

interface RecogniserEntry {
  readonly recognise: Recognise;
  /** Settings that change the result and leave no trace in a checkpoint: taken as published, unless whoever imports knows better. */
  readonly unseen: readonly string[];
}

/** Null for a network whose checkpoints nobody else publishes. */
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
};

export const RECOGNISED = (Object.keys(RECOGNISERS) as Architecture[]).filter((name) => RECOGNISERS[name]);

export interface RecognisedNetwork {
  readonly config: NetworkConfig;
  readonly network: Network;
  /** Settings in `config` that the checkpoint does not show and `overrides` did not give. */
  readonly assumed: readonly string[];
}

/**
 * The network whose parameters the tensors are, each exactly once. `overrides`: settings that are known from elsewhere. Throws
 * `checkpoint` with what was seen where no network fits.
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
      `${where}: ${describeNearest(checkpoint, RECOGNISED)}; known are ${RECOGNISED.join(", ")}`,
    );
  const { architecture, settings } = first;
  const told = Object.entries(settings).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  const refuse = (what: string) =>
    new UnblurError("checkpoint", `${where}: looks like ${architecture} (${told.join(", ")}), but ${what}`);
  const config = networkConfigSchema.safeParse({ architecture, ...settings, ...overrides });
  if (!config.success) throw refuse(`these settings do not go together: ${problemsOf(config.error)}`);
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
    if (error instanceof UnblurError) throw refuse(`no such network can be made: ${error.message}`);
    throw error;
  }
}
