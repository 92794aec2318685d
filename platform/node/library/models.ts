/** @file The models that the library opens by name. */
import { listModels } from "../models/list-models.js";

/** A model that can be opened by name. */
export interface ModelInfo {
  /** Name, as `open` takes it. */
  readonly name: string;
  /** One sentence that says which photos the model restores. */
  readonly summary: string;
  /** Licence of the weights. */
  readonly license: string;
  /** Whether it comes with the package or was installed by `importModel`. */
  readonly from: "package" | "installed";
  /** Diffusion steps unless told otherwise; 0 for the prediction alone. */
  readonly steps: number;
}

/** The models of the package, and those that were installed. A model that cannot be used is left out. */
export async function models(): Promise<readonly ModelInfo[]> {
  const listed = await listModels();
  return listed.flatMap((model) => {
    if ("problem" in model) return [];
    const { name, summary, license, from, steps } = model;
    return [{ name, summary, license, from, steps }];
  });
}
