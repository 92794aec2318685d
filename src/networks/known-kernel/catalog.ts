/**
 * @file Catalog of the published networks that deconvolve with a given kernel: recognition of their checkpoints, and
 * where they are published. The package includes none.
 */
import { createNetwork, type NetworkConfig, networkConfigSchema } from "../catalog.js";
import type { Network } from "../network.js";

export interface KnownKernelEntry {
  readonly label: string;
  readonly summary: string;
  /** Published file, repository and licence. */
  readonly file: string;
  readonly source: string;
  readonly license: string;
  /**
   * Settings from the shapes of a checkpoint's tensors (`shapeOf`), or null if a tensor that determines a width is
   * missing.
   */
  readonly settingsOf: (shapeOf: ShapeOf) => Readonly<Record<string, number>> | null;
}

export type ShapeOf = (name: string) => readonly number[] | undefined;

/** Output channels of two convolutions. */
function widths(shapeOf: ShapeOf, deconvolved: string, features: string) {
  const [first, second] = [deconvolved, features].map((name) => shapeOf(name)?.[0]);
  return first && second ? { deconvolved: first, features: second } : null;
}

export const KNOWN_KERNEL_NETWORKS = {
  dwdn: {
    label: "DWDN",
    summary: "deconvolves features by a Wiener filter and refines them at two scales (Dong et al. 2020)",
    file: "model_DWDN.pt",
    source: "https://gitlab.mpi-klsb.mpg.de/jdong/dwdn",
    license: "none stated",
    settingsOf: (shapeOf) => widths(shapeOf, "FeatureBlock.0.body.0.weight", "inBlock1.0.body.0.weight"),
  },
  infwide: {
    label: "INFWIDE",
    summary: "for night photographs: deconvolves features and the denoised photo, and fuses them (Zhang et al. 2023)",
    file: "a .pth file under model_zoo/infwide/",
    source: "https://github.com/zhihongz/INFWIDE",
    license: "none stated",
    settingsOf: (shapeOf) =>
      widths(shapeOf, "FeatModule1.FeatureBlock.0.body.0.weight", "FSRefineModule.InBlock2.inBlock.0.body.0.weight"),
  },
} as const satisfies Record<string, KnownKernelEntry>;

export type KnownKernelName = keyof typeof KNOWN_KERNEL_NETWORKS;
export const KNOWN_KERNEL_NAMES = Object.keys(KNOWN_KERNEL_NETWORKS) as readonly KnownKernelName[];

export interface RecognisedKernelNetwork {
  readonly name: KnownKernelName;
  readonly config: NetworkConfig;
  readonly network: Network;
}

/** Returns the network whose parameters have exactly these names and shapes, or null. */
export function recogniseKnownKernel(shapeOf: ShapeOf): RecognisedKernelNetwork | null {
  for (const name of KNOWN_KERNEL_NAMES) {
    const settings = KNOWN_KERNEL_NETWORKS[name].settingsOf(shapeOf);
    if (!settings) continue;
    const config = networkConfigSchema.parse({ architecture: name, ...settings });
    const network = createNetwork(config);
    if (network.parameters.every(({ label, shape }) => String(shapeOf(label)) === String(shape)))
      return { name, config, network };
  }
  return null;
}
