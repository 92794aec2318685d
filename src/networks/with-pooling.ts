/** @file The same network with another region of the means. Means have no parameters, so no training is needed. */
import { UnblurError } from "../base/errors.js";
import type { Pooling } from "../nn/pooling.js";
import { type NetworkConfig, networkConfigSchema } from "./catalog.js";

/** The network with the given pooling. Throws `config` if it takes no means. */
export function withPooling(network: NetworkConfig, pooling: Pooling): NetworkConfig {
  if (!("pooling" in network))
    throw new UnblurError(
      "config",
      `pooling: expected a network that takes means of the whole photo, got ${network.architecture}, which takes none`,
    );
  return networkConfigSchema.parse({ ...network, pooling });
}
