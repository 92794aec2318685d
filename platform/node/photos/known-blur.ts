/** @file Opens a restorer for a file of kernels. */
import { readFile } from "node:fs/promises";
import { argumentError, UnblurError } from "../../../src/base/errors.js";
import { blurFromPicture, blurFromText } from "../../../src/deconvolution/kernel-file.js";
import {
  checkKnownBlur,
  deconvolveKnown,
  KERNEL_FILTERS,
  type KernelFilter,
  type KnownBlur,
  MAX_KERNEL_REACH_PX,
} from "../../../src/deconvolution/known-blur.js";
import { KNOWN_KERNEL_NAMES, type KnownKernelName } from "../../../src/networks/known-kernel/catalog.js";
import { knownBlurRestorer } from "../../../src/restoration/known-blur-restorer.js";
import {
  type KernelNetworkRunner,
  kernelNetworkRunner,
  trainedKernelNetwork,
} from "../../../src/restoration/known-kernel-network.js";
import type { Restorer } from "../../../src/restoration/restorer.js";
import type { Runtime } from "../../../src/runtime/session.js";
import { loadKernelNetwork } from "../models/kernel-networks.js";
import { loadModel } from "../models/load-model.js";
import { blurThreads } from "../models/load-restorer.js";
import { createRuntime, type RuntimeOptions } from "../threads/runtime.js";
import { readImage } from "./image-file.js";

/** Endings of text files: a picture's first bytes may be anything. */
const TEXT = /\.(json|txt|csv|dat)$/i;
/** Largest picture of a kernel; a larger one is a photo. */
const MAX_SIDE_PX = 2 * MAX_KERNEL_REACH_PX + 1;
/** Largest picture, including a black border, which is trimmed. */
const MAX_PICTURE_PX = 512;

/** Reads kernels. Throws `file` or `image` if the file cannot be read, `argument` if it holds no kernel. */
async function readKernel(path: string): Promise<KnownBlur> {
  if (TEXT.test(path)) {
    const text = await readFile(path, "utf8").catch((cause: unknown) => {
      throw new UnblurError("file", `${path}: it cannot be read (${String(cause)}); check the path`, { cause });
    });
    return blurFromText(text, path);
  }
  const { raster } = await readImage(path);
  if (Math.max(raster.width, raster.height) > MAX_PICTURE_PX)
    throw new UnblurError(
      "argument",
      `${path}: expected a picture of a kernel, at most ${MAX_SIDE_PX} px a side without its black border, got ${raster.width}x${raster.height}`,
    );
  return blurFromPicture(raster, path);
}

/** The filters by name; the name or folder of a run or model that is given the kernel is one, too. */
export const KERNEL_FILTER_NAMES: readonly string[] = [...KERNEL_FILTERS, ...KNOWN_KERNEL_NAMES];

const isClassical = (name: string): name is KernelFilter => KERNEL_FILTERS.some((other) => other === name);
const isPublished = (name: string): name is KnownKernelName => KNOWN_KERNEL_NAMES.some((other) => other === name);

/** Opens an imported network, or the one of a run or model. */
async function openNetwork(name: string, runtime: Runtime): Promise<KernelNetworkRunner> {
  if (isPublished(name)) {
    const { network, weights } = await loadKernelNetwork(name);
    return kernelNetworkRunner(network, weights, runtime);
  }
  const model = await loadModel(name).catch((cause: unknown) => {
    if (!(cause instanceof UnblurError) || cause.code !== "argument") throw cause;
    throw argumentError(
      "known blur",
      `expected ${KERNEL_FILTER_NAMES.join(", ")}, or the folder of a run or model that is given the kernel, such as runs/00001-nbdn, which configs/known-kernel/nbdn.json trains`,
      name,
    );
  });
  return trainedKernelNetwork(model, runtime);
}

export interface OpenKnownBlurOptions extends RuntimeOptions {
  /** One of KERNEL_FILTER_NAMES, default `total-variation`, or the name or folder of a run or model. */
  readonly filter?: string | undefined;
}

/**
 * Opens a restorer of photos with this blur. Release it when done; it holds threads or native memory. Throws what
 * `readKernel` and `loadModel` throw, and `argument` for a filter that is none.
 */
export async function openKnownBlur(
  path: string,
  { filter: name = "total-variation", ...options }: OpenKnownBlurOptions = {},
): Promise<Restorer> {
  const blur = await readKernel(path);
  checkKnownBlur(blur);
  const runtime = createRuntime(options);
  if (!isClassical(name)) {
    const runner = await openNetwork(name, runtime);
    return knownBlurRestorer({
      name,
      deconvolve: (photo, options) => runner.deconvolve(photo, blur, options),
      release: () => runner.release(),
    });
  }
  const estimator = blurThreads(runtime);
  return knownBlurRestorer({
    name,
    deconvolve: (photo, options) => deconvolveKnown(photo, blur, { filter: name, estimator, ...options }),
    release: async () => estimator.release(),
  });
}
