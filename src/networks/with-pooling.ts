/** @file The same network with other means: nothing is trained again, for means have no parameters. */
import { UnblurError } from "../base/errors.js";
import type { Pooling } from "../nn/pooling.js";
import { type NetworkConfig, networkConfigSchema } from "./catalog.js";

/** Throws `config` for a network that takes no means. */
export function withPooling(network: NetworkConfig, pooling: Pooling): NetworkConfig {
  if (!("pooling" in network))
    throw new UnblurError(
      "config",
      `pooling: expected a network that takes means of the whole photo, got ${network.architecture}, which takes none`,
    );
  return networkConfigSchema.parse({ ...network, pooling });
}
