/** @file The thread that estimates blur: receives a task, returns its result. `blur-thread.ts` is its owner's side. */
import { parentPort } from "node:worker_threads";
import { openFourier } from "../../../src/deconvolution/fourier.js";
import { computed, type Task } from "../../../src/deconvolution/tasks.js";

const port = parentPort!;
const fourier = await openFourier();
port.on("message", (task: Task) => port.postMessage(computed(task, fourier)));
