/** @file The result of `reblur` in words. */

/** Figures of `reblur` for the whole picture. */
export interface ReblurFigures {
  readonly psnr: number;
  readonly explained: number | null;
}

/** One sentence for users. */
export function describeReblur({ psnr, explained }: ReblurFigures): string {
  const near = psnr === Infinity ? "the photo itself" : `${psnr.toFixed(1)} dB from the photo`;
  const share =
    explained === null
      ? "nothing was changed that blur could account for"
      : `local blur accounts for ${Math.round(100 * explained)} % of what was changed`;
  return `blurred again, the restoration is ${near}; ${share}`;
}
