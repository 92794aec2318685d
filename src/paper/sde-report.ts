/** @file Report of quality against network evaluations, for each SDE and sampler. */
import { SDE_FAMILIES, type SdeFamily } from "../diffusion/sde.js";
import { meanGain, meanOf } from "../evaluation/measures.js";
import { formatNumber } from "../evaluation/number-text.js";
import { html } from "../reports/html.js";
import { type LabelledPicture, pictureRow } from "../reports/pictures.js";
import { linePlot, plotGrid } from "../reports/plot.js";
import { cell, reportTable } from "../reports/table.js";
import { type SamplerKind, samplers } from "../samplers/catalog.js";
import { number } from "./cells.js";
import type { EvaluationTask, PlannedRun, ReportContent } from "./plan.js";
import { evaluationRecords, reducedNotes, trainingTable } from "./report-parts.js";
import type { Results } from "./results.js";
import type { Scale } from "./scale.js";
import type { SamplerRow } from "./sde.js";

export interface SdeExperiment {
  readonly scale: Scale;
  readonly runs: readonly PlannedRun[];
  readonly rows: readonly SamplerRow[];
}

/** The reason why a sampler does not apply to a family of processes, or null. */
export const cannot = (kind: SamplerKind, family: SdeFamily): string | null => samplers[kind].cannot?.[family] ?? null;

/** Budget of evaluations for the summary: more would improve results little, and fewer lose much. */
const BUDGET = 30;

export function sdeReport({ scale, runs, rows }: SdeExperiment, results: Results): ReportContent {
  return {
    lead: lead(rows, results),
    notes: reducedNotes(scale),
    sections: [
      { title: "Quality against evaluations", content: plots(rows, results) },
      { title: "All numbers", content: numbers(rows, results) },
      { title: "Pictures", content: pictures(rows, results) },
      { title: "Combinations that do not apply", content: reasons() },
      { title: "Training", content: trainingTable(runs, results) },
    ],
    records: rows.flatMap(({ family, sampler, evaluations }) =>
      evaluations.flatMap((task) =>
        evaluationRecords([task], results).map((record) => ({
          ...{ sde: family, sampler, evaluations: results.of(task).evaluations },
          ...record,
        })),
      ),
    ),
  };
}

const points = (rows: readonly EvaluationTask[], results: Results) =>
  rows.map((task) => {
    const { scores, evaluations } = results.of(task);
    return { task, scores, evaluations, gain: meanGain(scores, "psnr") };
  });

/** The best result of each SDE within the budget. */
function lead(rows: readonly SamplerRow[], results: Results): string {
  const parts = SDE_FAMILIES.flatMap((family) => {
    const own = rows
      .filter((row) => row.family === family)
      .flatMap(({ sampler, evaluations }) => points(evaluations, results).map((point) => ({ sampler, ...point })))
      .filter(({ evaluations, gain }) => evaluations <= BUDGET && gain.mean !== null)
      .sort((a, b) => b.gain.mean! - a.gain.mean!);
    const best = own[0];
    return best ? [`${family.toUpperCase()} ${best.sampler} (${number(best.gain, 2, true)} dB)`] : [];
  });
  return `Best PSNR within ${BUDGET} evaluations of the network: ${parts.join(", ")}, as gains over the unrestored input. PSNR favours samplers that add little noise; compare fine detail as well.`;
}

function plots(rows: readonly SamplerRow[], results: Results) {
  const families = SDE_FAMILIES.filter((family) => rows.some((row) => row.family === family));
  const plot = (family: string, metric: "psnr" | "high-frequency") =>
    linePlot({
      title: `${family.toUpperCase()}: ${metric === "psnr" ? "gain in PSNR" : "fine detail"}`,
      x: { label: "network evaluations for one restoration", scale: "log", format: "~s" },
      y: { label: metric === "psnr" ? "dB over the input" : "high-frequency power relative to the truth" },
      series: rows
        .filter((row) => row.family === family)
        .map(({ sampler, evaluations }) => ({
          name: sampler,
          points: points(evaluations, results).flatMap(({ scores, evaluations: x, gain }) => {
            const { mean, standardError } = metric === "psnr" ? gain : meanOf(scores, "high-frequency");
            return mean === null ? [] : [{ x, y: mean, error: standardError }];
          }),
        })),
      references: metric === "psnr" ? [] : [{ axis: "y", at: 1, label: "the truth" }],
    });
  return plotGrid(families.flatMap((family) => [plot(family, "psnr"), plot(family, "high-frequency")]));
}

function numbers(rows: readonly SamplerRow[], results: Results) {
  return reportTable({
    caption:
      "Evaluations are counted, because adaptive samplers choose them while running. Fine detail: power of high frequencies relative to the truth; 1 is correct.",
    columns: [
      { label: "SDE" },
      { label: "Sampler" },
      { label: "Setting" },
      { label: "Evaluations", number: true },
      { label: "PSNR gain, dB", number: true },
      { label: "Tone error", number: true },
      { label: "Fine detail", number: true },
    ],
    rows: rows.flatMap(({ family, sampler, evaluations }) =>
      points(evaluations, results).map(({ task, scores, evaluations: count, gain }) => ({
        cells: [
          family.toUpperCase(),
          sampler,
          task.id.split(", ").at(-1)!,
          { value: count, digits: 0 },
          cell(gain, 2, true),
          cell(meanOf(scores, "tone-error"), 2),
          cell(meanOf(scores, "high-frequency"), 2),
        ],
      })),
    ),
  });
}

function pictures(rows: readonly SamplerRow[], results: Results) {
  return SDE_FAMILIES.map((family) => {
    const kept = rows
      .filter((row) => row.family === family)
      .flatMap(({ sampler, evaluations }) =>
        evaluations.flatMap((task) => results.of(task).kept.map((picture) => ({ sampler, task, picture }))),
      );
    const first = kept[0]?.picture;
    if (!first) return null;
    const restored = kept.map(({ sampler, task, picture }): LabelledPicture => {
      const psnr = formatNumber({ value: picture.scores.restored.psnr ?? null, digits: 2 });
      return { ...picture.samples[0]!, label: sampler, note: `${task.id.split(", ").at(-1)}, ${psnr} dB` };
    });
    return pictureRow({
      caption: `${family.toUpperCase()}: ${first.name}, one crop by each sampler.`,
      pictures: [{ ...first.input, label: "Input" }, { ...first.truth, label: "Truth" }, ...restored],
      leastPx: 130,
    });
  });
}

function reasons() {
  const all = SDE_FAMILIES.flatMap((family) =>
    (Object.keys(samplers) as SamplerKind[]).flatMap((kind) => {
      const reason = cannot(kind, family);
      return reason ? [html`<li>${family.toUpperCase()} with ${kind}: ${reason}.</li>`] : [];
    }),
  );
  return html`<ul>${all}</ul>`;
}
