/**
 * @file Report of the attention variants: quality after equal training, cost, and growth of the cost with the picture.
 */

import { meanDifference, meanGain, meanOf, signOf } from "../evaluation/measures.js";
import { formatNumber } from "../evaluation/number-text.js";
import { html } from "../reports/html.js";
import { type LabelledPicture, pictureRow } from "../reports/pictures.js";
import { linePlot, plotGrid } from "../reports/plot.js";
import { cell, reportTable } from "../reports/table.js";
import type { MeasuredVariant } from "./attention.js";
import { MIN_SHOWN, number } from "./cells.js";
import type { ReportContent, TestSet } from "./plan.js";
import { evaluationRecords, reducedNotes, trainingTable } from "./report-parts.js";
import type { Results } from "./results.js";
import type { Scale } from "./scale.js";

export interface AttentionExperiment {
  readonly scale: Scale;
  readonly tests: readonly TestSet[];
  /** Measured variants; the first is the paper's. */
  readonly measured: readonly MeasuredVariant[];
}

export function attentionReport(experiment: AttentionExperiment, results: Results): ReportContent {
  const { scale, measured } = experiment;
  return {
    lead: lead(measured, results),
    notes: [
      ...reducedNotes(scale),
      "All variants were trained for the same number of steps on the same pictures, with one seed. Another seed would also change the numbers.",
    ],
    sections: [
      { title: "Quality after equal training", content: quality(experiment, results) },
      { title: "Cost", content: costs(measured, results) },
      { title: "Pictures", content: pictures(measured, results) },
      {
        title: "Training",
        content: trainingTable(
          measured.map(({ run }) => run),
          results,
        ),
      },
    ],
    records: [
      ...evaluationRecords(
        measured.flatMap(({ evaluations }) => evaluations),
        results,
      ),
      ...measured.flatMap(({ run, cost }) =>
        results
          .of(cost)
          .costs.map(({ sidePx, ms, multiplyAdds }) => ({ task: cost.id, run: run.id, sidePx, ms, multiplyAdds })),
      ),
    ],
  };
}

const scoresOf = (results: Results, { evaluations }: MeasuredVariant, i: number) => results.of(evaluations[i]!).scores;

function lead(measured: readonly MeasuredVariant[], results: Results): string {
  const [paper, ...others] = measured;
  const parts = others.map((one) => {
    const difference = meanDifference(scoresOf(results, one, 0), scoresOf(results, paper!, 0), "psnr");
    const words = { above: "better", below: "worse", unclear: "no clear difference" }[signOf(difference, MIN_SHOWN)];
    return `${one.variant.label}: ${words} (${number(difference, 2, true)} dB)`;
  });
  return `Against ${paper!.variant.label} on ${scoresOf(results, paper!, 0).length} crops of 64 px: ${parts.join("; ")}.`;
}

function quality({ tests, measured }: AttentionExperiment, results: Results) {
  return reportTable({
    caption:
      "Fine detail: power of high frequencies relative to the truth; 1 is correct. The time of a training step was measured on this machine.",
    columns: [
      { label: "Attention" },
      ...tests.flatMap(({ label }) => [
        { label: "PSNR gain, dB", number: true, group: label },
        { label: "SSIM", number: true, group: label },
        { label: "fine detail", number: true, group: label },
      ]),
      { label: "ms per training step", number: true },
    ],
    rows: measured.map((one) => {
      const { config, trainingMs } = results.run(one.run.id);
      return {
        cells: [
          one.variant.label,
          ...tests.flatMap((_, i) => {
            const rows = scoresOf(results, one, i);
            return [
              cell(meanGain(rows, "psnr"), 2, true),
              cell(meanOf(rows, "ssim"), 4),
              cell(meanOf(rows, "high-frequency"), 2),
            ];
          }),
          { value: trainingMs / config.steps, digits: 0 },
        ],
      };
    }),
  });
}

function costs(measured: readonly MeasuredVariant[], results: Results) {
  const series = (value: (cost: { ms: number; multiplyAdds: number }) => number) =>
    measured.map(({ variant, cost }) => ({
      name: variant.label,
      points: results.of(cost).costs.map((one) => ({ x: one.sidePx ** 2, y: value(one) })),
    }));
  const x = { label: "pixels", scale: "log", format: "~s" } as const;
  return html`<p>Cost of one evaluation of the network. A cost that grows with the number of pixels is a line of slope 1 here; attention of every position
  to every other grows with its square.</p>
${plotGrid([
  linePlot({
    title: "Multiply-adds",
    x,
    y: { label: "multiply-adds", scale: "log", format: "~s" },
    series: series((cost) => cost.multiplyAdds),
  }),
  linePlot({
    title: "Time on this machine",
    x,
    y: { label: "ms", scale: "log", format: "~s" },
    series: series((cost) => cost.ms),
  }),
])}`;
}

function pictures(measured: readonly MeasuredVariant[], results: Results) {
  const kept = measured.map(({ evaluations }) => results.of(evaluations[0]!).kept);
  return (kept[0] ?? []).map((first, i) => {
    const restored = measured.map(({ variant }, k): LabelledPicture => {
      const { samples, scores } = kept[k]![i]!;
      return {
        ...samples[0]!,
        label: variant.label,
        note: `${formatNumber({ value: scores.restored.psnr ?? null, digits: 2 })} dB`,
      };
    });
    return pictureRow({
      caption: first.name,
      pictures: [{ ...first.input, label: "Input" }, ...restored, { ...first.truth, label: "Truth" }],
    });
  });
}
