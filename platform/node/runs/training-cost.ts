/** @file What a run costs on this machine: its multiply-adds at the speed measured now, and its memory. */
import type { Runtime } from "../../../src/runtime/session.js";
import { type TrainingCost, trainingCost } from "../../../src/training/cost.js";
import type { RunConfig } from "../../../src/training/run-config.js";
import { measureSpeed } from "../measure-speed.js";

/** Share of the speed of a plain convolution that training reaches: less in narrow networks, more in wide ones. */
const EFFICIENCY = 0.4;
const MS_PER_HOUR = 3_600_000;

export interface CostHere extends TrainingCost {
  /** Of the whole run on this machine, as it is loaded now. */
  readonly hours: number;
}

export async function costHere(config: RunConfig, runtime: Runtime): Promise<CostHere> {
  const cost = trainingCost(config);
  const multiplyAddsPerMs = await measureSpeed(runtime);
  return { ...cost, hours: cost.multiplyAdds / (multiplyAddsPerMs * EFFICIENCY) / MS_PER_HOUR };
}
