/** @file A thread of this program, whether it runs from `dist` or from its TypeScript sources (tests, development). */
import { Worker } from "node:worker_threads";

/** `module`: the URL of its file, without the ending. */
export function startThread(module: URL, workerData?: unknown): Worker {
  const options = { workerData };
  if (!import.meta.url.endsWith(".ts")) return new Worker(new URL(`${module.href}.js`), options);
  // Sources need the loader that their parent has.
  const file = JSON.stringify(`${module.href}.ts`);
  return new Worker(`import("tsx/esm/api").then(({ tsImport }) => tsImport(${file}, ${file}))`, {
    ...options,
    eval: true,
  });
}
