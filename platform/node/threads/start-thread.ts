/** @file Starts a thread of this program, from `dist` or from its TypeScript sources (tests, development). */
import { Worker } from "node:worker_threads";
import "./no-telemetry.js"; // must run before any thread starts, as explained there
import { programFile, STARTS_SOURCES } from "../files/package-root.js";

/** Starts a thread. `module`: as for `programFile`. */
export function startThread(module: string, workerData?: unknown): Worker {
  const options = { workerData };
  const url = programFile(module);
  if (!STARTS_SOURCES) return new Worker(url, options);
  // Sources need their parent's loader.
  const file = JSON.stringify(url.href);
  return new Worker(`import("tsx/esm/api").then(({ tsImport }) => tsImport(${file}, ${file}))`, {
    ...options,
    eval: true,
  });
}
