/** @file A file of kernels as a restorer on this machine. */
import { readFile } from "node:fs/promises";
import { UnblurError } from "../../../src/base/errors.js";
import { blurFromPicture, blurFromText } from "../../../src/deconvolution/kernel-file.js";
import {
  checkKnownBlur,
  deconvolveKnown,
  KERNEL_FILTERS,
  type KernelFilter,
  type KnownBlur,
  MOST_KERNEL_REACH_PX,
} from "../../../src/deconvolution/known-blur.js";
import { KNOWN_KERNEL_NAMES, type KnownKernelName } from "../../../src/networks/known-kernel/catalog.js";
import { knownBlurRestorer } from "../../../src/restoration/known-blur-restorer.js";
import { kernelNetworkRunner } from "../../../src/restoration/known-kernel-network.js";
import type { Restorer } from "../../../src/restoration/restorer.js";
import { loadKernelNetwork } from "../models/kernel-networks.js";
import { blurThreads } from "../models/load-restorer.js";
import { createRuntime, type RuntimeOptions } from "../threads/runtime.js";
import { readImage } from "./image-file.js";

/** Text is told by its ending: a picture of a kernel may begin with anything. */
const TEXT = /\.(json|txt|csv|dat)$/i;
/** A larger picture is a photo, not a kernel. */
const MOST_SIDE_PX = 2 * MOST_KERNEL_REACH_PX + 1;
/** With a black border, that is trimmed. */
const MOST_PICTURE_PX = 512;

/** Throws `file` or `image` for a file that cannot be read, `argument` for what is no kernel. */
async function readKernel(path: string): Promise<KnownBlur> {
  if (TEXT.test(path)) {
    const text = await readFile(path, "utf8").catch((cause: unknown) => {
      throw new UnblurError("file", `${path}: cannot be read (${String(cause)}); check the path`, { cause });
    });
    return blurFromText(text, path);
  }
  const { raster } = await readImage(path);
  if (Math.max(raster.width, raster.height) > MOST_PICTURE_PX)
    throw new UnblurError(
      "argument",
      `${path}: expected a picture of a kernel, at most ${MOST_SIDE_PX} px a side without its black border, got ${raster.width}x${raster.height}`,
    );
  return blurFromPicture(raster, path);
}

/** What undoes it: a classical filter, or an imported network. */
export type KernelFilterName = KernelFilter | KnownKernelName;
export const KERNEL_FILTER_NAMES: readonly KernelFilterName[] = [...KERNEL_FILTERS, ...KNOWN_KERNEL_NAMES];

const isNetwork = (name: KernelFilterName): name is KnownKernelName =>
  KNOWN_KERNEL_NAMES.some((other) => other === name);

export interface OpenKnownBlurOptions extends RuntimeOptions {
  readonly filter?: KernelFilterName | undefined;
}

/** A restorer of photos that this blur blurred. Release it when done; it holds threads or native memory. */
export async function openKnownBlur(
  path: string,
  { filter: name = "total-variation", ...options }: OpenKnownBlurOptions = {},
): Promise<Restorer> {
  const blur = await readKernel(path);
  checkKnownBlur(blur);
  const runtime = createRuntime(options);
  if (isNetwork(name)) {
    const { network, weights } = await loadKernelNetwork(name);
    const runner = kernelNetworkRunner(network, weights, runtime);
    return knownBlurRestorer({
      name,
      undo: (photo, told) => runner.undo(photo, blur, told),
      release: () => runner.release(),
    });
  }
  const estimator = blurThreads(runtime);
  return knownBlurRestorer({
    name,
    undo: (photo, told) => deconvolveKnown(photo, blur, { filter: name, estimator, ...told }),
    release: async () => estimator.release(),
  });
}
