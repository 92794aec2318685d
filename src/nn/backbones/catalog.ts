/**
 * @file The networks whose features measure likeness or guide training: where their weights are published, and how
 * their files are recognised. None come with the package: ImageNet's terms are the user's to accept.
 */

import { zeros } from "../init.js";
import { type Parameter, Scope } from "../parameters.js";
import { inception } from "./inception.js";
import { type BackboneName, backbone } from "./torchvision.js";

/** Channels of the picture itself and of VGG16's five blocks, which DISTS weighs. */
export const DISTS_CHANNELS = [3, 64, 128, 256, 512, 512] as const;

export type FeatureNetwork = BackboneName | "inception" | "dists";

export interface FeaturePublication {
  readonly label: string;
  /** Name of the published file. */
  readonly file: string;
  /**
   * First hexadecimal digits of the file's SHA-256; torchvision and pytorch-fid put them in its name. Null where none
   * are published.
   */
  readonly sha256: string | null;
  readonly source: string;
  readonly license: string;
}

const torchvision = (label: string, file: string): FeaturePublication => ({
  ...{ label, file },
  sha256: /-([0-9a-f]{8})\.pth$/.exec(file)![1]!,
  source: `https://download.pytorch.org/models/${file}`,
  license: "BSD-3-Clause (torchvision); trained on ImageNet",
});

export const FEATURE_NETWORKS = {
  alexnet: torchvision("AlexNet", "alexnet-owt-7be5be79.pth"),
  squeezenet1_1: torchvision("SqueezeNet 1.1", "squeezenet1_1-b8a52dc0.pth"),
  vgg16: torchvision("VGG16", "vgg16-397923af.pth"),
  vgg19: torchvision("VGG19", "vgg19-dcbb9e9d.pth"),
  inception: {
    label: "Inception v3 of FID",
    file: "pt_inception-2015-12-05-6726825d.pth",
    sha256: "6726825d",
    source: "https://github.com/mseitzer/pytorch-fid/releases/tag/fid_weights",
    license: "Apache-2.0 (pytorch-fid); trained on ImageNet",
  },
  dists: {
    label: "weights of DISTS",
    file: "weights.pt",
    sha256: null,
    source: "https://github.com/dingkeyan93/DISTS/tree/master/DISTS_pytorch",
    license: "MIT",
  },
} as const satisfies Record<FeatureNetwork, FeaturePublication>;

export const FEATURE_NETWORK_NAMES = Object.keys(FEATURE_NETWORKS) as readonly FeatureNetwork[];

/** alpha and beta of DISTS, [1, 1475, 1, 1]. */
export function distsParameters(): readonly Parameter[] {
  const root = Scope.root();
  const channels = DISTS_CHANNELS.reduce((sum, width) => sum + width, 0);
  for (const name of ["alpha", "beta"]) root.parameter(name, [1, channels, 1, 1], zeros, { trainable: false });
  return root.parameters();
}

export function featureParameters(name: FeatureNetwork): readonly Parameter[] {
  if (name === "inception") return inception().parameters;
  if (name === "dists") return distsParameters();
  return backbone(name).parameters;
}

/**
 * The network that tensors are of, by the names and shapes of all its parameters; null if of none. Others, such as the
 * classifier's, may be there too.
 */
export function recogniseFeatures(shapeOf: (name: string) => readonly number[] | undefined): FeatureNetwork | null {
  const fits = (name: FeatureNetwork): boolean =>
    featureParameters(name).every(({ label, shape }) => String(shapeOf(label)) === String(shape));
  // torchvision's Inception has the same layers, and other weights: FID's classifier has 1008 classes.
  const found = FEATURE_NETWORK_NAMES.filter(fits);
  return found.find((name) => name !== "inception" || shapeOf("fc.weight")?.[0] === 1008) ?? null;
}

/** One-line instructions for obtaining the weights. */
export const howToGet = (names: readonly FeatureNetwork[]): string =>
  names
    .map((name) => {
      const { label, file, source } = FEATURE_NETWORKS[name];
      return `${label}: "unblur import ${file}" (${source})`;
    })
    .join("; ");
