/** @file Diffusions of published code: their settings, and the schedules in their checkpoints. */
import { UnblurError } from "../base/errors.js";
import { recogniseSchedule } from "../diffusion/recognise-schedule.js";
import {
  createSchedule,
  type ScheduleConfig,
  type ScheduleInput,
  scheduleSchema,
} from "../diffusion/schedule-catalog.js";
import type { Architecture, NetworkConfig } from "../networks/catalog.js";
import type { ModelConfig } from "../restoration/model-config.js";
import type { CheckpointTensor } from "./content.js";

/**
 * The published schedule of each architecture, for a checkpoint of the network alone. Architectures that are not listed
 * are predictors.
 */
const PUBLISHED: { readonly [A in Architecture]?: ScheduleInput } = {
  "conditional-unet": { kind: "linear", T: 2000, start: 1e-4, end: 0.05 },
  sr3: { kind: "linear", T: 2000, start: 1e-6, end: 0.01 },
};

export const isDiffusion = ({ architecture }: NetworkConfig): boolean => PUBLISHED[architecture] !== undefined;

export interface FoundSchedule {
  readonly schedule: ScheduleConfig;
  /** Origin of the value: the checkpoint, the importing user, or the publication. */
  readonly by: "checkpoint" | "given" | "assumed";
}

type Buffers = ReadonlyMap<string, CheckpointTensor>;

/**
 * The schedule of a checkpoint. Throws `checkpoint` for betas of no known form, or that contradict the stored products.
 */
export function scheduleOf(
  architecture: Architecture,
  buffers: Buffers,
  given: ScheduleConfig | undefined,
  where: string,
): FoundSchedule {
  if (given) return { schedule: given, by: "given" };
  const betas = buffers.get("betas")?.values;
  if (!betas) return { schedule: scheduleSchema.parse(PUBLISHED[architecture]), by: "assumed" };
  const schedule = recogniseSchedule(betas);
  if (!schedule)
    throw new UnblurError(
      "checkpoint",
      `${where}: the schedule of its diffusion is of no known form: ${betas.length} betas from ${betas[0]} to ${betas.at(-1)}; give one that is near with --schedule`,
    );
  const products = buffers.get("alphas_cumprod")?.values;
  const { alphaBars } = createSchedule(schedule);
  if (products?.some((product, t) => !(Math.abs(product - alphaBars[t]!) <= 1e-5)))
    throw new UnblurError("checkpoint", `${where}: its alphas_cumprod are not the products that its betas give`);
  return { schedule, by: "checkpoint" };
}

/**
 * Settings of published diffusions: the network predicts eps, the estimate of the image is clipped, and all steps are
 * taken.
 */
export const publishedDiffusion = (
  network: NetworkConfig,
  schedule: ScheduleConfig,
): Pick<ModelConfig, "diffusion" | "sampling"> => ({
  diffusion: { network, prediction: "eps", schedule, scale: 1, ofPhoto: false, finePx: null, clip: true },
  sampling: {
    sampler: { kind: "ancestral", variance: "posterior" },
    spacing: { kind: "trailing" },
    // The paper's published code starts from uniform noise, which is not what its training ends in.
    start: "gaussian",
    steps: schedule.T,
  },
});
