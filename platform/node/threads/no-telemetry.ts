/**
 * @file Switches off the telemetry of ONNX Runtime, which is on by default in its builds for Linux and macOS: it writes
 * a device id and a queue of events to the user's cache folder and the temporary folder, and sends them to Microsoft.
 * The runtime reads the variable once, when it opens its first session. A value that the user has set stays. On Windows
 * the runtime reads no variable; its events go to the system's own tracing, which records them only during a trace.
 */
import { isMainThread } from "node:worker_threads";

const VARIABLE = "ORT_DISABLE_TELEMETRY";

/** A worker thread has a copy of the environment: its changes do not reach native code. */
const tooLate = !isMainThread && process.env[VARIABLE] === undefined && process.platform !== "win32";

process.env[VARIABLE] ??= "1";

/** Error text if telemetry cannot be turned off; null if it is off, or on by the user's choice. */
export const telemetryFault: string | null = tooLate
  ? `a worker thread cannot turn off the telemetry of ONNX Runtime; import unblur in the main thread first, or set ${VARIABLE}=1 for the process`
  : null;
