/** @file What a diffusion loses in the steps where x_t is nearly all noise: the same network, started from the noised photo after them. */

import { meanDifference, meanOf } from "../evaluation/measures.js";
import { html } from "../reports/html.js";
import { reportTable } from "../reports/table.js";
import type { SamplingConfig } from "../restoration/model-config.js";
import { cell } from "./cells.js";
import type { Results } from "./results.js";
import { scoresOn, type Table1 } from "./table-1-entry.js";

/** From about -4 dB on, where noise is 1.6 times the signal. */
export const FROM_PHOTO_SAMPLING = {
  start: "blurry",
  spacing: { kind: "log-snr", lowest: -1 },
} as const satisfies Partial<SamplingConfig>;

export function startSection({ entries, tests }: Table1, results: Results) {
  return html`<p>A network that predicts eps estimates the image as (x_t - noise eps) / signal, so that its error comes back noise / signal times as large: 1.6
times at -4 dB, 56 times at -35 dB. What the first steps get wrong in the tone stays, for each later step believes the tone in its x_t. Started at
-4 dB from the noised blurry photo, the same network takes as many steps, but none of those.</p>
${reportTable({
  caption: `On the ${tests[0]!.label}; one sample. The start is not the paper's.`,
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
