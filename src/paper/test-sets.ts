/** @file The test pictures of an experiment, by scale: crops of both sizes, and whole frames. */
import type { TestSet } from "./plan.js";
import type { Scale } from "./scale.js";

interface Amount {
  readonly crops64: number;
  readonly crops128: number;
  readonly frames: number | null;
}

/**
 * Crops per picture, and number of whole pictures. GoPro's test set has 1111 pictures; `tiny` is meant for a handful.
 */
const AMOUNTS = {
  tiny: { crops64: 12, crops128: 4, frames: 2 },
  small: { crops64: 8, crops128: 4, frames: 8 },
  paper: { crops64: 4, crops128: 2, frames: 100 },
} as const satisfies Record<Scale, Amount>;

export const crops64 = (scale: Scale): TestSet => crops(64, AMOUNTS[scale].crops64);
export const crops128 = (scale: Scale): TestSet => crops(128, AMOUNTS[scale].crops128);
export const wholeFrames = (scale: Scale, pictures: number | null = AMOUNTS[scale].frames): TestSet => ({
  ...{ id: "frames", label: "whole frames", cropPx: null, perPicture: 1 },
  pictures,
});

const crops = (cropPx: number, perPicture: number): TestSet => ({
  ...{ id: String(cropPx), label: `${cropPx} px crops`, cropPx, perPicture },
  pictures: null,
});

/** "60 crops of 64 px": two numbers in a row would read as one. */
export const countOf = ({ cropPx }: TestSet, count: number): string => {
  const plural = count === 1 ? "" : "s";
  return cropPx === null ? `${count} whole frame${plural}` : `${count} crop${plural} of ${cropPx} px`;
};
