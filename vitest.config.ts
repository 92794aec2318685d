import { configDefaults, defineConfig } from "vitest/config";
import { isProgramUpToDate } from "./test/built.js";
import SlowestFirst from "./test/slowest-first.js";

const ALL = ["src/**/*.test.ts", "platform/**/*.test.ts", "apps/**/*.test.ts", "test/**/*.test.ts"];

/** Networks, samplers, deconvolution and gradients, against oracles: many compute for seconds. */
const NUMERIC = [
  "src/{networks,samplers}/**/*.test.ts",
  "src/training/prepare-scene.test.ts",
  "src/deconvolution/{blind-kernel,fourier,wasm-kernels}.test.ts",
  "src/deconvolution/hypotheses/deconvolve-blind.test.ts",
  "src/insight/reblur.test.ts",
  "src/exchange/{onnx,recognition}/*.test.ts",
  "src/training/{loop,step,objectives/adversarial,rounds/rounds}.test.ts",
  "test/{golden,oracle}/**/*.test.ts",
  "test/{concurrent-restoring,deconvolution-model,deconvolved-predictor,default-model,export,fine-diffusion}.test.ts",
  "test/{maxim,noise-of-pixels,restoration,sharpness,shown-steps,watched-steps,webgpu}.test.ts",
  "test/training/overfit.test.ts",
];

/** They start nothing, replace nothing and need no module fresh: they share processes, which load each module once. */
const UNIT = ["src/**/*.test.ts", "apps/{watch,web}/**/*.test.ts", "platform/browser/{canvas,meta,time}*.test.ts"];

export default defineConfig({
  test: {
    // One machine takes a second for what another takes five for, and has other things to do besides.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // Each computes on a thread of its own; more workers than cores only slow one another.
    maxWorkers: 2,
    pool: "forks",
    reporters: ["default", "./test/skipped-reporter.ts"],
    sequence: { sequencer: SlowestFirst },
    env: {
      // Of ONNX Runtime, where tests load it by themselves; the program sets it itself (test/telemetry.test.ts).
      ORT_DISABLE_TELEMETRY: "1",
      // Two files run at a time: a second thread of each would wait in a loop for work, at the cost of the other.
      UNBLUR_THREADS: "1",
      // Threads and processes that tests start are those of `dist`, unless its sources have changed since it was built.
      UNBLUR_START_BUILT: isProgramUpToDate() ? "1" : "0",
    },
    projects: [
      {
        extends: true,
        test: { name: "unit", include: UNIT, exclude: [...configDefaults.exclude, ...NUMERIC], isolate: false },
      },
      { extends: true, test: { name: "numeric", include: NUMERIC } },
      {
        extends: true,
        test: { name: "system", include: ALL, exclude: [...configDefaults.exclude, ...NUMERIC, ...UNIT] },
      },
    ],
  },
});
