/**
 * @file Plans a batch before any work: which photos are restored to which files, and which are not, with the reasons. A
 * refused photo does not stop the others.
 */
import { UnblurError } from "../../../src/base/errors.js";
import { checkNames, NameTakenError } from "../files/atomic-file.js";
import { type FoundPhotos, findPhotos, type RefusedInput, type SkippedInput } from "./find-photos.js";
import { filesOf, type OutputOptions, type OutputPlan, type PlannedOutputs, planOutputs } from "./output-paths.js";

export interface BatchOptions extends OutputOptions {
  /** Replace existing outputs. */
  readonly overwrite?: boolean;
  /** Skip a photo whose outputs all exist; otherwise it is refused, unless they are replaced. */
  readonly skipExisting?: boolean;
}

export interface BatchPlan
  extends Pick<FoundPhotos, "skipped" | "refused" | "others">,
    Pick<PlannedOutputs, "plans" | "renamed"> {}

/** "skip" if all outputs exist, or the error if one of them could not be written. */
async function obstacleOf(plan: OutputPlan, { overwrite = false, skipExisting = false }: BatchOptions) {
  const files = filesOf(plan);
  const problems = await Promise.all(
    files.map((file) =>
      checkNames([file], { replace: overwrite }).then(
        () => null,
        (error: unknown) => error,
      ),
    ),
  );
  const errors = problems.filter((error) => error !== null);
  const fatal = errors.find((error) => !(error instanceof UnblurError));
  if (fatal) throw fatal;
  if (skipExisting && errors.length === files.length && errors.every((error) => error instanceof NameTakenError))
    return "skip";
  return (errors[0] as UnblurError | undefined) ?? null;
}

/**
 * Finds the photos that `inputs` name, plans their outputs and checks that these can be written. Throws the errors of
 * `planOutputs`; for a single input also its own problem, if that is an `argument`.
 */
export async function planBatch(inputs: readonly string[], options: BatchOptions = {}): Promise<BatchPlan> {
  const found = findPhotos(inputs, options);
  const planned = planOutputs(found.photos, options);
  const plans: OutputPlan[] = [];
  const skipped: SkippedInput[] = [...found.skipped];
  const refused: RefusedInput[] = [...found.refused, ...planned.refused];
  const [only] = refused;
  if (inputs.length === 1 && found.photos.length === 1 && only?.error.code === "argument") throw only.error;
  for (const plan of planned.plans) {
    const obstacle = await obstacleOf(plan, options);
    if (obstacle === null) plans.push(plan);
    else if (obstacle === "skip") skipped.push({ input: plan.input, why: "has its outputs" });
    else refused.push({ input: plan.input, error: obstacle });
  }
  const renamed = planned.renamed.filter((plan) => plans.includes(plan));
  return { plans, renamed, skipped, refused, others: found.others };
}
