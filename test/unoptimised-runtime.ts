/**
 * @file ONNX Runtime without its graph optimisers, for tests of what a run does with its sessions. They open the graph
 * of a training step, of a thousand nodes and more, to compute a few steps of a tiny network: optimising it takes
 * three times as long as opening it otherwise, and saves nothing.
 */
import { ort } from "../platform/node/threads/onnxruntime.js";
import { createRuntime, type NodeRuntime } from "../platform/node/threads/runtime.js";
import { type OrtModule, openOnnxSession } from "../src/runtime/onnx-runtime.js";

/** On one thread. */
export const unoptimisedRuntime = (): NodeRuntime => ({
  ...createRuntime({ threads: 1 }),
  open: (graph) =>
    openOnnxSession(ort as unknown as OrtModule, graph, {
      ...{ executionProviders: ["cpu"], intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 },
      graphOptimizationLevel: "disabled",
    }),
});
