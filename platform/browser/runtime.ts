/**
 * @file ONNX Runtime in a browser's worker: WebGPU if it works, else WebAssembly with as many threads as the page may
 * use.
 */
import type { Env } from "onnxruntime-common";
import { UnblurError } from "../../src/base/errors.js";
import { type OrtModule, openOnnxSession } from "../../src/runtime/onnx-runtime.js";
import type { Runtime } from "../../src/runtime/session.js";
import { cachedBytes, type OnBytes } from "./cached-bytes.js";
import { RUNTIME_FILES } from "./runtime-files.js";

/** "auto" selects WebGPU if there is a real GPU; the other choices are for comparisons. */
export const DEVICE_CHOICES = ["auto", "webgpu", "wasm"] as const;
export type DeviceChoice = (typeof DEVICE_CHOICES)[number];

/** Further threads gain little on small windows, and each costs memory. */
const MAX_THREADS = 8;

export interface BrowserRuntime extends Runtime {
  /** The device, for people; it changes if WebGPU turns out not to work. */
  readonly description: string;
}

interface GpuAdapter {
  readonly info?: { readonly isFallbackAdapter?: boolean };
  readonly isFallbackAdapter?: boolean;
}
interface Gpu {
  requestAdapter(): Promise<GpuAdapter | null>;
}

/** The reason why WebGPU is not used; null if it is used. */
async function webgpuProblem(choice: DeviceChoice): Promise<string | null> {
  if (choice === "wasm") return "the graphics card was not asked for";
  const { gpu } = navigator as { readonly gpu?: Gpu };
  if (!gpu) return "this browser cannot use graphics cards: it has no WebGPU";
  const adapter = await gpu.requestAdapter().catch(() => null);
  if (!adapter) return "this browser cannot use the graphics card here";
  const software = adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter ?? false;
  return software && choice === "auto" ? "this browser only imitates a graphics card, which would be slower" : null;
}

const availableThreads = (): number =>
  globalThis.crossOriginIsolated ? Math.max(1, Math.min(MAX_THREADS, navigator.hardwareConcurrency)) : 1;

type Ort = OrtModule & { readonly env: Env };

export interface RuntimeSource {
  /** Address of the folder with the runtime's files, ending in a slash. */
  readonly folder: string;
  /** Size of a file in bytes, for progress. */
  readonly bytes: Readonly<Record<string, number>>;
}

/** Loads the suitable runtime; its WebAssembly is cached. Throws `file` and `device`. */
export async function createBrowserRuntime(
  choice: DeviceChoice,
  { folder, bytes }: RuntimeSource,
  onBytes?: OnBytes,
): Promise<BrowserRuntime> {
  let problem = await webgpuProblem(choice);
  if (problem && choice === "webgpu") throw new UnblurError("device", `device "webgpu": ${problem}; use "auto"`);
  const files = RUNTIME_FILES[problem ? "wasm" : "webgpu"];
  const wasmBinary = await cachedBytes(folder + files.wasm, bytes[files.wasm] ?? 0, onBytes);
  const ort = (await import(/* @vite-ignore */ folder + files.module)) as Ort;
  const threads = availableThreads();
  Object.assign(ort.env, { logLevel: "error" });
  Object.assign(ort.env.wasm, {
    wasmBinary: wasmBinary.buffer,
    wasmPaths: { mjs: folder + files.glue },
    numThreads: threads,
  });
  const open = (provider: "wasm" | "webgpu", graph: Parameters<Runtime["open"]>[0]) =>
    openOnnxSession(ort, graph, {
      executionProviders: [provider],
      graphOptimizationLevel: "all",
      enableCpuMemArena: false,
      logSeverityLevel: 3,
    });
  return {
    get description() {
      const cpu = `the processor, ${threads} thread${threads === 1 ? "" : "s"}`;
      return problem ? `${cpu} (${problem})` : "the graphics card";
    },
    async open(graph) {
      if (problem) return open("wasm", graph);
      return open("webgpu", graph).catch((cause: unknown) => {
        if (choice === "webgpu") throw new UnblurError("device", `WebGPU failed: ${String(cause)}`, { cause });
        problem = `the graphics card failed: ${cause instanceof Error ? cause.message : String(cause)}`;
        return open("wasm", graph);
      });
    },
  };
}
