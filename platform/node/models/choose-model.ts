/** @file The model that a restoration uses: the one that is named, or one that enlarges as asked. */
import { argumentError, UnblurError } from "../../../src/base/errors.js";
import { ENLARGEMENTS } from "../../../src/images/enlarge.js";
import { presetSettings } from "../../../src/restoration/presets.js";
import type { RestorationSettings } from "../../../src/restoration/settings.js";
import { type ListedModel, listModels } from "./list-models.js";

interface Asked extends Pick<RestorationSettings, "preset" | "scale"> {
  readonly model?: string | undefined;
}

const isUsable = (model: object): model is ListedModel => !("problem" in model);

/**
 * Name or path of the model: the one that `model` or the preset names; else, for a scale above 1, the first named model
 * of that scale, and `otherwise` ("default") without one. Throws `argument` if no model enlarges so. The restorer
 * checks whether a named model has the scale.
 */
export async function chosenModel(asked: Asked, otherwise = "default"): Promise<string> {
  const { model } = presetSettings(asked);
  const { scale = 1 } = asked;
  if (model !== undefined || scale === 1) return model ?? otherwise;
  if (!ENLARGEMENTS.some((one) => one === scale))
    throw argumentError(
      "scale",
      `expected 1, ${ENLARGEMENTS.slice(0, -1).join(", ")} or ${ENLARGEMENTS.at(-1)}`,
      scale,
    );
  const enlarging = (await listModels()).filter(isUsable).filter((listed) => listed.scale > 1);
  const found = enlarging.find((listed) => listed.scale === scale);
  if (found) return found.name;
  const others = enlarging.map((listed) => `${listed.name} (${listed.scale})`).join(", ");
  throw new UnblurError(
    "argument",
    `scale ${scale}: no installed model enlarges by ${scale}${others && ` (others do: ${others})`}; install one, for instance with unblur import RCAN_BIX${scale}.pt (docs/enlarging.md)`,
  );
}
