/**
 * @file gotta_go_fast: whole runs of the adaptive SDE solver, every trial's time, length, noise and verdict. The
 * fixtures solve several images at once, each with a step of its own; here each is a run of its own. The SDEs have
 * their published constants: the file says none.
 */
import * as z from "zod";
import { CLEAN } from "../../../../src/diffusion/noise-level.js";
import { denoiserFrom } from "../../../../src/diffusion/predictions.js";
import { createSde } from "../../../../src/diffusion/sde-catalog.js";
import { type SamplerInput, sample } from "../../../../src/samplers/catalog.js";
import { compared, type Outcome, type Tensors } from "../outcome.js";
import { gaussianNetwork } from "./gaussian-network.js";
import { trace } from "./trace.js";

const perImage = <T extends z.ZodType>(of: T) => z.array(z.array(of));
const runSchema = z.object({
  name: z.string(),
  sde: z.enum(["vp", "ve"]),
  /** Images, channels, height, width. */
  shape: z.array(z.int()),
  safety: z.literal(0.9),
  exp: z.literal(0.9),
  abstol: z.number(),
  reltol: z.number(),
  eps: z.number(),
  h_init: z.number(),
  /** Per trial and image. */
  t: perImage(z.number()),
  h: perImage(z.number()),
  accepted: perImage(z.boolean()),
  accepted_counts: z.array(z.int()),
  x_stored_every: z.int(),
});
type Run = z.infer<typeof runSchema>;
const fileSchema = z.object({ gauss: z.object({ s: z.number() }), runs: z.array(runSchema) });

async function checkImage(run: Run, image: number, s: number, tensors: Tensors): Promise<Outcome[]> {
  const sde = createSde({ kind: run.sde });
  const mean = tensors.get(`${run.name}/mean_crop`);
  const size = mean.length;
  const all = run.shape[0]! * size;
  const own = (row: Float32Array) => row.subarray(image * size, (image + 1) * size);
  const noises = tensors.rows(`${run.name}/noise`, all).map(own);
  const stored = tensors.rows(`${run.name}/x`, all).map(own);
  const network = gaussianNetwork("x0", s, mean);
  let draws = 0;
  /** Trials drawn before each step was taken: the last of them is the one accepted. */
  const trials: number[] = [];
  const sampler: SamplerInput = {
    kind: "adaptive-sde",
    absoluteTolerance: run.abstol,
    relativeTolerance: run.reltol,
    firstStep: run.h_init,
  };
  const steps = await trace(
    sample(
      sampler,
      denoiserFrom("x0", network),
      own(tensors.get(`${run.name}/x_T`)).slice(),
      [sde.levelAt(1), sde.levelAt(run.eps), CLEAN],
      (trial) => {
        draws = trial + 1;
        return noises[trial]!;
      },
      sde,
    ),
    () => trials.push(draws),
  );
  const times = steps.levels.map(({ signal, noise }) => sde.timeOf(noise / signal));
  const verdicts = run.accepted.map((row) => row[image]!).slice(0, draws);
  const ours = verdicts.map((_, trial) => trials.includes(trial + 1));
  const taken = run.t.flatMap((row, trial) => (run.accepted[trial]![image]! ? [row[image]!] : []));
  const name = (what: string) => `${run.name}[${image}] ${what}`;
  const tolerance = run.sde === "ve" ? { relative: 2e-5 } : { absolute: 2e-5 };
  // After trial k the fixture's row k / every: x once the accepted ones among trials 0 .. k are done.
  const rows = stored.flatMap((row, at) => {
    const trial = at * run.x_stored_every;
    return trial < draws ? [{ trial, row, x: steps.x[trials.filter((count) => count <= trial + 1).length - 1]! }] : [];
  });
  const last = steps.denoised.at(-1)!.map((value) => value * sde.levelAt(times.at(-1)!).signal);
  return [
    compared(name("accepted"), ours.map(Number), verdicts.map(Number), { absolute: 0 }),
    compared(name("steps"), [times.length - 1], [run.accepted_counts[image]!], { absolute: 0 }),
    compared(name("t"), times.slice(0, -1), taken, { absolute: 2e-5 }),
    compared(
      name("lengths"),
      times.slice(1).map((t, k) => times[k]! - t),
      run.h.flatMap((row, trial) => (run.accepted[trial]![image]! ? [row[image]!] : [])),
      { absolute: 2e-5 },
    ),
    ...rows.map(({ trial, row, x }) => compared(name(`x after trial ${trial}`), x, row, tolerance)),
    // Published code adds variance times score, which is signal times our estimate.
    compared(name("out"), last, own(tensors.get(`${run.name}/out`)), tolerance),
  ];
}

export async function checkGottaGoFast(json: unknown, tensors: Tensors): Promise<Outcome[]> {
  const { gauss, runs } = fileSchema.parse(json);
  const outcomes: Outcome[] = [];
  for (const run of runs)
    for (let image = 0; image < run.shape[0]!; image++)
      outcomes.push(...(await checkImage(run, image, gauss.s, tensors)));
  return outcomes;
}
