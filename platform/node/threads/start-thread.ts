/** @file A thread of this program, whether it runs from `dist` or from its TypeScript sources (tests, development). */
import { Worker } from "node:worker_threads";
import "./no-telemetry.js"; // before any thread: see there
import { programFile, STARTS_SOURCES } from "../files/package-root.js";

/** `module`: as `programFile` takes it. */
export function startThread(module: string, workerData?: unknown): Worker {
  const options = { workerData };
  const url = programFile(module);
  if (!STARTS_SOURCES) return new Worker(url, options);
  // Sources need the loader that their parent has.
  const file = JSON.stringify(url.href);
  return new Worker(`import("tsx/esm/api").then(({ tsImport }) => tsImport(${file}, ${file}))`, {
    ...options,
    eval: true,
  });
}
