/** @file Description of the machine and the versions that produced a result, to reproduce it. */
import { arch, cpus, platform, release, totalmem } from "node:os";
import { ort } from "./threads/onnxruntime.js";
import { unblurVersion } from "./version.js";

/** `device`: a runtime's description. */
export const environment = (device: string) => ({
  at: new Date().toISOString(),
  device,
  versions: { unblur: unblurVersion, node: process.versions.node, onnxruntime: ort.env.versions.node ?? "unknown" },
  system: `${platform()} ${release()} ${arch()}`,
  cpu: `${cpus().length} x ${cpus()[0]?.model ?? "unknown"}`,
  memoryMb: Math.round(totalmem() / 2 ** 20),
});
