/** @file The fixtures of `networks/`: one check per network found in the folder. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { GoldenCheck } from "../check.js";
import { networkCheck, tolerances, unsupported } from "../network-case.js";
import { networkErrors } from "../network-errors.js";
import { ganCase, ganOutcomes } from "./gan-networks.js";
import { checkKnownKernel, isKnownKernel } from "./known-kernel.js";
import { type Outcome, skipped } from "./outcome.js";

/** Errors come relative to the largest golden value already. */
const relative = (name: string, error: number, tolerance: number): Outcome => ({
  kind: "compared",
  name,
  error: Number.isNaN(error) ? Number.POSITIVE_INFINITY : error,
  tolerance,
  at: "its worst element",
});

async function outcomes(root: string, name: string): Promise<Outcome[]> {
  if (isKnownKernel(root, name)) return checkKnownKernel(root, name);
  if (ganCase(root, name)) return ganOutcomes(root, name);
  const reason = unsupported(root, name);
  if (reason !== null) return [skipped(name, reason)];
  const { forward, gradient } = tolerances(root, name);
  const { errors, allowed } = await networkErrors(await networkCheck(root, name));
  return [
    relative("outputs", errors.forward, Math.max(forward, allowed.forward)),
    relative("losses", errors.loss, Math.max(forward, allowed.loss)),
    relative("gradients", errors.gradient, Math.max(gradient, allowed.gradient)),
    relative("norms of all parameters' gradients", errors.gradientNorms, Math.max(gradient, allowed.gradientNorms)),
  ];
}

export function networkChecks(root: string): GoldenCheck[] {
  const names = readdirSync(join(root, "networks"))
    .filter((file) => file.endsWith(".safetensors"))
    .map((file) => file.replace(/\.safetensors$/, ""));
  return names.sort().map((name) => ({
    files: [`networks/${name}.json`, `networks/${name}.safetensors`],
    check: (dir) => outcomes(dir, name),
  }));
}
