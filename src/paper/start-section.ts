/**
 * @file The loss from steps where x_t is almost only noise: the same network, started after them from the noised photo.
 */

import { meanDifference, meanOf } from "../evaluation/measures.js";
import { html } from "../reports/html.js";
import { cell, reportTable } from "../reports/table.js";
import type { SamplingConfig } from "../restoration/model-config.js";
import type { Results } from "./results.js";
import { scoresOn, type Table1 } from "./table-1-entry.js";

/** Sampling from the noised photo at about -4 dB, where noise is 1.6 times the signal. */
export const FROM_PHOTO_SAMPLING = {
  start: "blurry",
  spacing: { kind: "log-snr", lowest: -1 },
} as const satisfies Partial<SamplingConfig>;

export function startSection({ entries, tests }: Table1, results: Results) {
  return html`<p>A network that predicts eps estimates the image as (x_t - noise eps) / signal, so its error is amplified by noise / signal: 1.6
  times at -4 dB, 56 times at -35 dB. An error of the first steps in the tone persists, because each later step relies on the tone in its x_t. Started
  at -4 dB from the noised blurry photo, the same network takes as many steps but skips that range.</p>
${reportTable({
  caption: `Measured on the ${tests[0]!.label} with one sample. This start is not the paper's.`,
  columns: [
    { label: "Network" },
    { label: "from noise", number: true, group: "PSNR, dB" },
    { label: "from the photo", number: true, group: "PSNR, dB" },
    { label: "difference", number: true, group: "PSNR, dB" },
    { label: "from noise", number: true, group: "tone error, levels" },
    { label: "from the photo", number: true, group: "tone error, levels" },
  ],
  rows: entries.flatMap((entry) => {
    if (!entry.fromPhoto) return [];
    const [noise, photo] = [scoresOn(results, entry, 0), results.of(entry.fromPhoto).scores];
    return [
      {
        cells: [
          entry.run.label,
          cell(meanOf(noise, "psnr"), 2),
          cell(meanOf(photo, "psnr"), 2),
          cell(meanDifference(photo, noise, "psnr"), 2, true),
          cell(meanOf(noise, "tone-error"), 1),
          cell(meanOf(photo, "tone-error"), 1),
        ],
      },
    ];
  }),
})}`;
}
