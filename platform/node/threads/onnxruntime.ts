/**
 * @file The only place that loads onnxruntime-node. `require` runs at its position; an import would run before the
 * telemetry is off, because imports are hoisted, in the bundle as well.
 */
import { createRequire } from "node:module";
import "./no-telemetry.js";

export const ort = createRequire(import.meta.url)("onnxruntime-node") as typeof import("onnxruntime-node");

// Failures also throw, and are reported in one sentence; the runtime's own log lines are suppressed.
ort.env.logLevel = "fatal";
