/**
 * @file One posterior sample compared with the mean of several: the prediction for an exact sampler, and the
 * measurement.
 */

import { meanDifference, meanOf } from "../evaluation/measures.js";
import { html } from "../reports/html.js";
import { cell, reportTable } from "../reports/table.js";
import type { Results } from "./results.js";
import { scoresOn, type Table1 } from "./table-1-entry.js";

/** An exact sample has twice the posterior variance as squared error, the mean of K samples (1 + 1/K) times. */
const exactGainDb = (samples: number): number => 10 * Math.log10(2 / (1 + 1 / samples));

export function samplesSection({ entries, tests }: Table1, results: Results) {
  const drawn = entries.filter(({ method }) => method.draws);
  const samples = drawn[0]!.evaluations[0]!.samples;
  return html`<p>An exact posterior sample has twice the squared error of the posterior mean, and the mean of K samples (1 + 1/K) times: with
  K = ${samples} an exact sampler would gain ${exactGainDb(samples).toFixed(2)} dB by averaging. A smaller gain means that the samples differ less than the
  posterior does. The mean is nearer to the truth and less sharp, so neither number alone ranks a sampler.</p>
${reportTable({
  caption: `Measured on the ${tests[0]!.label}, with ${samples} restorations each.`,
  columns: [
    { label: "Network" },
    { label: "one sample", number: true, group: "PSNR, dB" },
    { label: `mean of ${samples}`, number: true, group: "PSNR, dB" },
    { label: "difference", number: true, group: "PSNR, dB" },
    { label: "one sample", number: true, group: "fine detail" },
    { label: `mean of ${samples}`, number: true, group: "fine detail" },
  ],
  rows: drawn.map((entry) => {
    const rows = scoresOn(results, entry, 0);
    return {
      cells: [
        entry.run.label,
        cell(meanOf(rows, "psnr"), 2),
        cell(meanOf(rows, "psnr", "mean"), 2),
        cell(meanDifference(rows, rows, "psnr", ["mean", "restored"]), 2, true),
        cell(meanOf(rows, "high-frequency"), 2),
        cell(meanOf(rows, "high-frequency", "mean"), 2),
      ],
    };
  }),
})}`;
}
