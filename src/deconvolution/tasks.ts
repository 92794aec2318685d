/** @file Tasks for threads, by name, from plain data to plain data. */
import type { Kernel } from "../blur/kernel.js";
import { type BlurWindow, estimateKernel } from "./blind-kernel.js";
import type { Fourier } from "./fourier.js";
import { type BlockInput, type BlockResult, deconvolveBlock } from "./hypotheses/deconvolve-block.js";
import { type HypothesisName, type PlaceInput, type ScoredKernel, tryHypothesis } from "./hypotheses/finders.js";

export interface TaskIo {
  /** Kernel of one place from its windows, the finest first. The packaged model was trained with this estimate. */
  readonly kernel: { readonly input: readonly BlurWindow[]; readonly output: Kernel };
  /** One place under one hypothesis. */
  readonly hypothesis: {
    readonly input: { readonly name: HypothesisName; readonly place: PlaceInput };
    readonly output: readonly ScoredKernel[];
  };
  readonly deconvolve: { readonly input: BlockInput; readonly output: BlockResult };
}

export type TaskName = keyof TaskIo;

const TASKS: { readonly [N in TaskName]: (input: TaskIo[N]["input"], fourier: Fourier) => TaskIo[N]["output"] } = {
  kernel: estimateKernel,
  hypothesis: ({ name, place }, fourier) => tryHypothesis(name, place, fourier),
  deconvolve: deconvolveBlock,
};

/** One task as a message. */
export interface Task<N extends TaskName = TaskName> {
  readonly name: N;
  readonly input: TaskIo[N]["input"];
}

export const computed = <N extends TaskName>({ name, input }: Task<N>, fourier: Fourier): TaskIo[N]["output"] =>
  TASKS[name](input, fourier);
