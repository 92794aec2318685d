/** @file Estimated cost of a run on this machine: its multiply-adds at the speed measured now, and its memory. */
import type { Runtime } from "../../../src/runtime/session.js";
import { type TrainingCost, trainingCost } from "../../../src/training/cost.js";
import type { RunConfig } from "../../../src/training/run-config.js";
import { measureSpeed } from "../measure-speed.js";

/** Share of the speed of a plain convolution that training reaches: less in narrow networks, more in wide ones. */
const EFFICIENCY = 0.4;
const MS_PER_HOUR = 3_600_000;

export interface MeasuredCost extends TrainingCost {
  /** Cost of the whole run on this machine under its present load. */
  readonly hours: number;
}

export async function measureCost(config: RunConfig, runtime: Runtime): Promise<MeasuredCost> {
  const cost = trainingCost(config);
  const multiplyAddsPerMs = await measureSpeed(runtime);
  return { ...cost, hours: cost.multiplyAdds / (multiplyAddsPerMs * EFFICIENCY) / MS_PER_HOUR };
}
