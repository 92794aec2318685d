/** @file The thread that estimates blur: windows of one place come in, a kernel goes out. See `blur-thread.ts` for its owner. */
import { parentPort } from "node:worker_threads";
import { type BlurWindow, estimateKernel } from "../../src/deconvolution/blind-kernel.js";
import { openFourier } from "../../src/deconvolution/fourier.js";

const port = parentPort!;
const fourier = await openFourier();
port.on("message", (windows: readonly BlurWindow[]) => port.postMessage(estimateKernel(windows, fourier)));
