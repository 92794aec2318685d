/**
 * @file Catalog of the networks that deconvolve with a given kernel: recognition of their checkpoints, and where they
 * are published. The package includes none.
 */
import { type DwdnConfig, dwdn } from "./dwdn.js";
import { infwide } from "./infwide.js";
import type { KnownKernelNetwork } from "./network.js";

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
  readonly create: (shapeOf: ShapeOf) => KnownKernelNetwork | null;
}

export type ShapeOf = (name: string) => readonly number[] | undefined;

function dwdnWidths(shapeOf: ShapeOf): DwdnConfig | null {
  const [deconvolved] = shapeOf("FeatureBlock.0.body.0.weight") ?? [];
  const [features] = shapeOf("inBlock1.0.body.0.weight") ?? [];
  return deconvolved && features ? { deconvolved, features } : null;
}

export const KNOWN_KERNEL_NETWORKS = {
  dwdn: {
    label: "DWDN",
    summary: "deconvolves features by a Wiener filter and refines them at two scales (Dong et al. 2020)",
    file: "model_DWDN.pt",
    source: "https://gitlab.mpi-klsb.mpg.de/jdong/dwdn",
    license: "none stated",
    create(shapeOf) {
      const widths = dwdnWidths(shapeOf);
      return widths && dwdn(widths);
    },
  },
  infwide: {
    label: "INFWIDE",
    summary: "for night photographs: deconvolves features and the denoised photo, and fuses them (Zhang et al. 2023)",
    file: "a .pth file under model_zoo/infwide/",
    source: "https://github.com/zhihongz/INFWIDE",
    license: "none stated",
    create: (shapeOf) => (shapeOf("FeatModule1.FeatureBlock.0.body.0.weight") ? infwide() : null),
  },
} as const satisfies Record<string, KnownKernelEntry>;

export type KnownKernelName = keyof typeof KNOWN_KERNEL_NETWORKS;
export const KNOWN_KERNEL_NAMES = Object.keys(KNOWN_KERNEL_NETWORKS) as readonly KnownKernelName[];

/** Returns the network whose parameters have exactly these names and shapes, or null. */
export function recogniseKnownKernel(
  shapeOf: ShapeOf,
): { readonly name: KnownKernelName; readonly network: KnownKernelNetwork } | null {
  for (const name of KNOWN_KERNEL_NAMES) {
    const network = KNOWN_KERNEL_NETWORKS[name].create(shapeOf);
    if (network?.parameters.every(({ label, shape }) => String(shapeOf(label)) === String(shape)))
      return { name, network };
  }
  return null;
}
