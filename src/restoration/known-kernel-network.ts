/** @file Deconvolution with a known blur by a network that takes the kernel as input, block by block. */
import { argumentError, throwIfCancelled, UnblurError } from "../base/errors.js";
import { blocksOf } from "../deconvolution/deconvolve-grid.js";
import { checkKnownBlur, type KnownBlur, reachOf, squareKernel } from "../deconvolution/known-blur.js";
import { compile } from "../graph/compile.js";
import { input } from "../graph/tensor.js";
import { crop, padToSize } from "../images/crop.js";
import type { Planes } from "../images/image.js";
import { clipSigned } from "../images/pixels.js";
import { createNetwork } from "../networks/catalog.js";
import type { Network } from "../networks/network.js";
import { bindWeights, type Weights } from "../nn/parameters.js";
import { floatResult, floats, type Runtime, type Session } from "../runtime/session.js";
import type { Model } from "./restorer.js";
import { roundUp } from "./windows.js";

/** Larger blocks repeat less work at their borders; the transforms grow with the cube of the side. */
const BLOCK_PX = 512;
/** Smallest margin of a block: the reach of the networks around their deconvolutions, to each side. */
const MIN_REACH_PX = 16;

export interface KernelNetworkOptions {
  /** Called with the share of blocks done. */
  onProgress?(share: number): void;
  readonly signal?: AbortSignal | undefined;
}

export interface KernelNetworkRunner {
  /** Restores [3, H, W], "signed", within [-1, 1]. The networks take encoded pixel values, not light. */
  deconvolve(photo: Planes, blur: KnownBlur, options?: KernelNetworkOptions): Promise<Planes>;
  release(): Promise<void>;
}

/**
 * Opens a model that is given the kernel. Throws `argument` for another model, `checkpoint` for missing weights.
 */
export function trainedKernelNetwork({ name, config, weights }: Model, runtime: Runtime): KernelNetworkRunner {
  if (!config.knownKernel)
    throw argumentError(
      "known blur",
      "expected a run or model that is given the kernel, as configs/known-kernel/nbdn.json trains it; this one needs the photo alone",
      name,
    );
  if (!weights.knownKernel)
    throw new UnblurError("checkpoint", `model "${name}": the weights of its network are missing`);
  return kernelNetworkRunner(createNetwork(config.knownKernel.network), weights.knownKernel, runtime);
}

/** `network`: one that takes the kernel. */
export function kernelNetworkRunner(network: Network, weights: Weights, runtime: Runtime): KernelNetworkRunner {
  // Blocks of a photo have few sizes; one session holds the weights, and its working memory, at a time.
  let open: { readonly key: string; readonly session: Session } | null = null;
  const release = async () => {
    await open?.session.release();
    open = null;
  };
  const sessionFor = async (height: number, width: number, side: number): Promise<Session> => {
    const key = `${height}x${width}, ${side}`;
    if (open?.key === key) return open.session;
    await release();
    const [image, kernel] = [input("image", [1, 3, height, width]), input("kernel", [1, 1, side, side])];
    const result = network.forward({ image, kernel }).at(-1)!;
    const graph = compile({
      inputs: [image, kernel],
      outputs: { result },
      weights: bindWeights(network.parameters, weights),
    });
    const session = await runtime.open(graph);
    open = { key, session };
    return session;
  };
  const runBlock = async (part: Planes, kernel: Float32Array, side: number): Promise<Planes> => {
    const { multiple } = network;
    const padded = padToSize(part, roundUp(part.width, multiple), roundUp(part.height, multiple), "replicate");
    const shape = [1, 3, padded.height, padded.width];
    const session = await sessionFor(padded.height, padded.width, side);
    const values = await session.run({ image: floats(padded.data, shape), kernel: floats(kernel, [1, 1, side, side]) });
    const { width, height } = part;
    return crop({ ...padded, data: floatResult(values, "result") }, { left: 0, top: 0, width, height });
  };
  return {
    async deconvolve(photo, blur, { onProgress, signal } = {}) {
      checkKnownBlur(blur);
      const { kernels, columns, rows } = blur;
      const reachPx = Math.max(MIN_REACH_PX, reachOf(blur));
      const side = 2 * reachOf(blur) + 1;
      const grid = { kernels, columns, rows, reachPx };
      const out = new Float32Array(photo.data.length);
      const blocks = kernels.map((_, index) => [...blocksOf(photo, grid, BLOCK_PX, index)]);
      const count = blocks.reduce((sum, list) => sum + list.length, 0);
      let done = 0;
      for (const [index, list] of blocks.entries()) {
        const kernel = squareKernel(kernels[index]!, side);
        for (const { rect: seen, add } of list) {
          throwIfCancelled(signal);
          add(await runBlock(crop(photo, seen), kernel, side), out);
          onProgress?.(++done / count);
        }
      }
      return { ...photo, data: clipSigned(out) };
    },
    release,
  };
}
