/** @file The model that a restoration uses: the one that is named, with one that enlarges its result if asked. */
import { argumentError, UnblurError } from "../../../src/base/errors.js";
import { ENLARGEMENTS } from "../../../src/images/enlarge.js";
import { presetSettings } from "../../../src/restoration/presets.js";
import type { RestorationSettings } from "../../../src/restoration/settings.js";
import { requirePair } from "../../../src/restoration/then-enlarged.js";
import { type ListedModel, listModels } from "./list-models.js";
import { findModel } from "./load-model.js";
import { modelPair } from "./model-folders.js";

interface Asked extends Pick<RestorationSettings, "preset" | "scale"> {
  readonly model?: string | undefined;
}

const isUsable = (model: object): model is ListedModel => !("problem" in model);

/**
 * Name or path of the model that `model` or the preset names, or of `otherwise` ("default"). If it keeps the photo's
 * size and `scale` is above 1, the first named model of that scale is added: "default+esrgan-slim-x2". Throws
 * `argument` if no model enlarges so. The restorer checks whether a named model that enlarges has the scale.
 */
export async function chosenModel(asked: Asked, otherwise = "default"): Promise<string> {
  const model = presetSettings(asked).model ?? otherwise;
  const { scale = 1 } = asked;
  const pair = modelPair(model);
  if (scale === 1 && !pair) return model;
  const models = (await listModels()).filter(isUsable);
  // A path has no entry in the list.
  const scaleOf = async (name: string) =>
    models.find((listed) => listed.name === name)?.scale ?? (await findModel(name)).config.scale ?? 1;
  if (pair) {
    requirePair(model, { first: await scaleOf(pair[0]), enlarger: await scaleOf(pair[1]) });
    return model;
  }
  if (!ENLARGEMENTS.some((one) => one === scale))
    throw argumentError(
      "scale",
      `expected 1, ${ENLARGEMENTS.slice(0, -1).join(", ")} or ${ENLARGEMENTS.at(-1)}`,
      scale,
    );
  if ((await scaleOf(model)) > 1) return model;
  const enlarging = models.filter((listed) => listed.scale > 1);
  const found = enlarging.find((listed) => listed.scale === scale);
  if (found) return `${model}+${found.name}`;
  const others = enlarging.map((listed) => `${listed.name} (${listed.scale})`).join(", ");
  throw new UnblurError(
    "argument",
    `scale ${scale}: no installed model enlarges by ${scale}${others && ` (others do: ${others})`}; install one: npm install --legacy-peer-deps @upscalerjs/esrgan-medium && unblur import esrgan-medium --scale ${scale} (docs/enlarging.md)`,
  );
}
