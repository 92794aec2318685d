import { configDefaults, defineConfig } from "vitest/config";
import { isProgramUpToDate } from "./test/built.js";
import SlowestFirst from "./test/slowest-first.js";

const ALL = ["src/**/*.test.ts", "platform/**/*.test.ts", "apps/**/*.test.ts", "test/**/*.test.ts"];

/** Networks, samplers, deconvolution and gradients, against oracles: many compute for seconds. */
const NUMERIC = [
  "src/{networks,samplers}/**/*.test.ts",
  "src/training/prepare-scene.test.ts",
  "src/deconvolution/{blind-kernel,wasm-kernels}.test.ts",
  "src/deconvolution/hypotheses/deconvolve-blind.test.ts",
  "src/insight/reblur.test.ts",
  "src/exchange/{onnx,recognition}/*.test.ts",
  "src/training/{loop,step,objectives/adversarial,rounds/rounds}.test.ts",
  "test/{golden,oracle}/**/*.test.ts",
  "test/{concurrent-restoring,deconvolution-model,deconvolved-predictor,default-model,export,fine-diffusion}.test.ts",
  "test/{maxim,noise-of-pixels,restoration,sharpness,shown-steps,watched-steps,webgpu}.test.ts",
  "test/training/overfit.test.ts",
];

/** Pages in a browser, services, queues, and what else takes a process to itself: a fresh module, say. */
const ALONE = [
  "src/deconvolution/fourier.test.ts",
  "apps/cli/commands/evaluate.test.ts",
  "test/{queue,robustness,server,watch,web}/**/*.test.ts",
  "test/training/{kill,memory}.test.ts",
  "test/{compare,early-stop,examples,experiments,explain,install,interrupt,package}.test.ts",
  "test/{report-page,respawn,results,sources,telemetry}.test.ts",
];

/** They start nothing and replace nothing. */
const UNIT = ["src/**/*.test.ts", "apps/{watch,web}/**/*.test.ts", "platform/browser/{canvas,meta,time}*.test.ts"];

export default defineConfig({
  test: {
    // One machine takes a second for what another takes five for, and has other things to do besides.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // Each computes on a thread of its own. Twice as many as cores: services, pages and killed programs wait so often
    // that three leave a quarter of two cores idle.
    maxWorkers: 4,
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
    // A project's files share the processes they run in, which load each module once, but for those of `alone`.
    isolate: false,
    projects: [
      {
        extends: true,
        test: { name: "unit", include: UNIT, exclude: [...configDefaults.exclude, ...NUMERIC, ...ALONE] },
      },
      { extends: true, test: { name: "numeric", include: NUMERIC } },
      {
        extends: true,
        test: { name: "system", include: ALL, exclude: [...configDefaults.exclude, ...NUMERIC, ...UNIT, ...ALONE] },
      },
      { extends: true, test: { name: "alone", include: ALONE, isolate: true } },
    ],
  },
});
