/** @file Times one evaluation of a network at several sizes. */

import { throwIfCancelled } from "../../../src/base/errors.js";
import { createNetwork } from "../../../src/networks/catalog.js";
import { networkMultiplyAdds } from "../../../src/networks/cost.js";
import type { CostTask } from "../../../src/paper/plan.js";
import type { CostResult } from "../../../src/paper/results.js";
import { WindowedNetwork } from "../../../src/restoration/windowed-network.js";
import type { TaskContext } from "./task.js";

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

export async function costTask({
  task,
  model,
  runtime,
  results,
  signal,
  onProgress,
}: TaskContext<CostTask>): Promise<CostResult> {
  const part = model.config.diffusion ? "diffusion" : "predictor";
  const config = model.config[part]!.network;
  const network = createNetwork(config);
  await using windowed = new WindowedNetwork(network, model.weights[part]!, runtime, Number.POSITIVE_INFINITY);
  const costs: CostResult["costs"][number][] = [];
  for (const sidePx of task.sidesPx) {
    throwIfCancelled(signal);
    onProgress(costs.length, task.sidesPx.length);
    const images = [{ channels: network.inChannels, data: new Float32Array(network.inChannels * sidePx * sidePx) }];
    const run = () => windowed.run({ width: sidePx, height: sidePx, images, level: 0.5 });
    costs.push(
      await results.part(`${sidePx}px`, async () => {
        await run();
        const times: number[] = [];
        for (let i = 0; i < task.repeats; i++) {
          const startedAt = performance.now();
          await run();
          times.push(performance.now() - startedAt);
        }
        return { sidePx, ms: median(times), multiplyAdds: networkMultiplyAdds(config, sidePx) };
      }),
    );
  }
  return { kind: "cost", costs };
}
