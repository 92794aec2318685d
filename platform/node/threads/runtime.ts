/** @file ONNX Runtime in Node: devices and threads. */
import { setImmediate } from "node:timers/promises";
import { argumentError, checkChoice, UnblurError } from "../../../src/base/errors.js";
import { type OrtModule, openOnnxSession } from "../../../src/runtime/onnx-runtime.js";
import type { Runtime } from "../../../src/runtime/session.js";
import { telemetryFault } from "./no-telemetry.js";
import { ort } from "./onnxruntime.js";
import { defaultThreads, multipliesBytes, usableProcessors } from "./processors.js";
import { openOnThreads } from "./session-threads.js";

export const DEVICES = ["cpu", "webgpu", "cuda"] as const;
export type Device = (typeof DEVICES)[number];

export interface RuntimeOptions {
  readonly device?: Device | undefined;
  /** Threads of the CPU device, at most the number of usable processors (default: `defaultThreads`). */
  readonly threads?: number | undefined;
  /**
   * CPU: keep freed memory for the next run (default; training repeats the same step). Without it, a session holds
   * little more than its weights between runs, at the same speed if few large pictures are computed.
   */
  readonly arena?: boolean | undefined;
  /** CPU: use 8 bit products if a model has calibrated ranges; default: if the processor has fast ones (VNNI). */
  readonly integers?: boolean | undefined;
  /** Path prefix of a profile that is written when a session is released. */
  readonly profilePrefix?: string | undefined;
}

/** Requirements of each device, for the error if it is not available. */
const NEEDS = {
  cpu: "a build of onnxruntime-node for this platform",
  webgpu:
    "a graphics driver with Vulkan, Metal or Direct3D 12 (on Linux: libvulkan1 and a driver named by VK_DRIVER_FILES)",
  cuda: "Linux x64 with an NVIDIA GPU, CUDA 12, cuDNN 9 and `node node_modules/onnxruntime-node/script/install --onnxruntime-node-install=cuda12`",
} as const satisfies Record<Device, string>;

export interface NodeRuntime extends Runtime {
  /** CPU threads, also for computations beside the device. */
  readonly threads: number;
}

/** Throws `argument` for an unknown device and for what is no number of threads; undefined is the default. */
export function checkRuntimeOptions({ device, threads }: Pick<RuntimeOptions, "device" | "threads">): void {
  if (device !== undefined) checkChoice("device", DEVICES, device);
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1))
    throw argumentError("createRuntime", "threads must be a positive integer", threads);
}

/** Number of threads. More threads than processors are slower: 64 on two processors take ten times as long as two. */
const threadsFor = (asked: number | undefined): number =>
  asked === undefined ? defaultThreads() : Math.min(asked, usableProcessors());

/**
 * Creates a runtime on one device. Opening a session throws `device` if the device is not available; there is no
 * fallback to another device.
 */
export function createRuntime({
  device = "cpu",
  threads: asked,
  arena = true,
  integers = multipliesBytes(),
  profilePrefix,
}: RuntimeOptions = {}): NodeRuntime {
  checkRuntimeOptions({ device, threads: asked });
  const threads = threadsFor(asked);
  if (telemetryFault !== null) throw new UnblurError("device", `createRuntime: ${telemetryFault}`);
  const ownThreads = device === "cpu" && !profilePrefix;
  return {
    threads,
    integers: device === "cpu" && integers,
    lanes: ownThreads ? threads : 1,
    description: device === "cpu" ? `cpu, ${threads} thread${threads === 1 ? "" : "s"}` : device,
    async open(graph, { lanes: wanted = 1 } = {}) {
      const lanes = Math.min(wanted, threads);
      if (ownThreads && lanes > 1)
        return openOnThreads(graph, lanes, { device, threads: Math.floor(threads / lanes), arena });
      try {
        const session = await openOnnxSession(ort as unknown as OrtModule, graph, {
          executionProviders: [device],
          intraOpNumThreads: threads,
          interOpNumThreads: 1,
          graphOptimizationLevel: "all",
          logSeverityLevel: 3,
          enableCpuMemArena: arena,
          // Squares of small gradients are denormal in float32, where arithmetic is four times slower.
          ...(device === "cpu" ? { extra: { session: { set_denormal_as_zero: "1" } } } : {}),
          ...(profilePrefix ? { enableProfiling: true, profileFilePrefix: profilePrefix } : {}),
        });
        return {
          ...session,
          async run(feeds, into) {
            const values = await session.run(feeds, into);
            // onnxruntime-node computes on this thread: signals and timers run before the caller's next run.
            await setImmediate();
            return values;
          },
        };
      } catch (cause) {
        if (device === "cpu") throw cause;
        throw new UnblurError(
          "device",
          `device "${device}" is not available: it needs ${NEEDS[device]}; use device "cpu"`,
          { cause },
        );
      }
    },
  };
}
