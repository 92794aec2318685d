/** @file ONNX Runtime in Node: which device, how many threads. */
import { setImmediate } from "node:timers/promises";
import { argumentError, UnblurError } from "../../../src/base/errors.js";
import { type OrtModule, openOnnxSession } from "../../../src/runtime/onnx-runtime.js";
import type { Runtime } from "../../../src/runtime/session.js";
import { telemetryFault } from "./no-telemetry.js";
import { ort } from "./onnxruntime.js";
import { multipliesBytes, usableProcessors } from "./processors.js";

export const DEVICES = ["cpu", "webgpu", "cuda"] as const;
export type Device = (typeof DEVICES)[number];

export interface RuntimeOptions {
  readonly device?: Device;
  /** Threads of the CPU device: at most as many as there are usable processors, and so many when left out. */
  readonly threads?: number;
  /**
   * CPU: keep freed memory for the next run (the default; training repeats the same step). Without, a session holds
   * little more than its weights between runs, at the same speed where few large pictures are computed.
   */
  readonly arena?: boolean;
  /** CPU: multiply 8 bit integers where a model knows its ranges; where the processor is good at it when left out. */
  readonly integers?: boolean;
  /** Writes a profile with this path's prefix when a session is released. */
  readonly profilePrefix?: string;
}

/** What a device needs, for the error when it is not there. */
const NEEDS = {
  cpu: "a build of onnxruntime-node for this platform",
  webgpu:
    "a graphics driver with Vulkan, Metal or Direct3D 12 (on Linux: libvulkan1 and a driver named by VK_DRIVER_FILES)",
  cuda: "Linux x64 with an NVIDIA GPU, CUDA 12, cuDNN 9 and `node node_modules/onnxruntime-node/script/install --onnxruntime-node-install=cuda12`",
} as const satisfies Record<Device, string>;

export interface NodeRuntime extends Runtime {
  /** Threads of the CPU, for what computes beside the device as well. */
  readonly threads: number;
}

/** More threads than processors are slower: 64 on two processors take ten times as long as two. */
function threadsFor(asked: number | undefined): number {
  const most = usableProcessors();
  if (asked === undefined) return most;
  if (!Number.isInteger(asked) || asked < 1)
    throw argumentError("createRuntime", "threads must be a positive integer", asked);
  return Math.min(asked, most);
}

/**
 * A runtime on one device. Opening a session fails with code `device` if the device is not available; it never falls
 * back.
 */
export function createRuntime({
  device = "cpu",
  threads: asked,
  arena = true,
  integers = multipliesBytes(),
  profilePrefix,
}: RuntimeOptions = {}): NodeRuntime {
  const threads = threadsFor(asked);
  if (telemetryFault !== null) throw new UnblurError("device", `createRuntime: ${telemetryFault}`);
  return {
    threads,
    integers: device === "cpu" && integers,
    description: device === "cpu" ? `cpu, ${threads} thread${threads === 1 ? "" : "s"}` : device,
    async open(graph) {
      try {
        const session = await openOnnxSession(ort as unknown as OrtModule, graph, {
          executionProviders: [device],
          intraOpNumThreads: threads,
          interOpNumThreads: 1,
          graphOptimizationLevel: "all",
          logSeverityLevel: 3,
          enableCpuMemArena: arena,
          // Squares of small gradients fall below the normal range of float32, where arithmetic is four times slower.
          ...(device === "cpu" ? { extra: { session: { set_denormal_as_zero: "1" } } } : {}),
          ...(profilePrefix ? { enableProfiling: true, profileFilePrefix: profilePrefix } : {}),
        });
        return {
          ...session,
          async run(feeds, into) {
            const values = await session.run(feeds, into);
            // onnxruntime-node computes on this thread: let signals and timers in before the caller goes on to the next run.
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
