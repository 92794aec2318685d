/**
 * @file The train-test resolution discrepancy (sections 3.4 and 4.2 of the paper), measured in both directions, and
 * local pooling as a remedy.
 */

import { meanDifference, meanGain, signOf } from "../evaluation/measures.js";
import { html, paragraphs } from "../reports/html.js";
import { linePlot, plotGrid } from "../reports/plot.js";
import { cell, reportTable } from "../reports/table.js";
import { MIN_SHOWN, number } from "./cells.js";
import { TRAINING_CROPS_PX } from "./methods.js";
import type { Results } from "./results.js";
import { scoresOn, type Table1, type TableEntry } from "./table-1-entry.js";

/** Reports gains over the input, because PSNR itself is not comparable between sizes with different inputs. */
export function discrepancySection({ entries, tests }: Table1, results: Results) {
  return html`<p>Gain in dB over the unrestored input, because the input's own PSNR differs between sizes. If the size of the training crops
  had no effect, the two rows of a method would be similar.</p>
${reportTable({
  caption: "Gain in PSNR in dB of every network on every test set.",
  columns: [{ label: "Network" }, ...tests.map(({ label }) => ({ label, number: true }))],
  rows: entries.map((entry) => ({
    cells: [entry.run.label, ...tests.map((_, i) => cell(meanGain(scoresOn(results, entry, i), "psnr"), 2, true))],
  })),
})}
${plotGrid(
  TRAINING_CROPS_PX.flatMap((cropPx) =>
    gainPlots(
      entries.filter((entry) => entry.cropPx === cropPx),
      cropPx,
      tests,
      results,
    ),
  ),
)}
${reportTable({
  caption:
    "PSNR trained at 128 px minus PSNR trained at 64 px, in dB, over the same crops. Above 0, the larger training crops are better. The paper's table contains the first column.",
  columns: [{ label: "Method" }, ...tests.map(({ label }) => ({ label: `on ${label}`, number: true }))],
  rows: pairsOf(entries).map(([at64, at128]) => ({
    cells: [
      at64.method.label,
      ...tests.map((_, i) =>
        cell(meanDifference(scoresOn(results, at128, i), scoresOn(results, at64, i), "psnr"), 2, true),
      ),
    ],
  })),
})}
${paragraphs(
  pairsOf(entries).map((pair) =>
    verdict(
      pair,
      tests.map(({ label }) => label),
      results,
    ),
  ),
)}`;
}

/** Position of whole frames on the axis: the side of a square with as many pixels. */
const FRAME_SIDE_PX = 960;

/** A network that loses so many dB would make the lines of the others one. */
const FAR_DB = 3;

/** All networks; and, where some lie far below the input, the others by themselves. */
function gainPlots(entries: readonly TableEntry[], cropPx: number, tests: Table1["tests"], results: Results) {
  const isNear = (entry: TableEntry) =>
    tests.every((_, i) => (meanGain(scoresOn(results, entry, i), "psnr").mean ?? 0) > -FAR_DB);
  const near = entries.filter(isNear);
  const all = gainPlot({ entries, title: `Trained at ${cropPx} px`, tests, results });
  if (near.length === 0 || near.length === entries.length) return [all];
  const far = entries.filter((entry) => !isNear(entry)).map(({ method }) => method.label);
  return [
    all,
    gainPlot({ entries: near, title: `Trained at ${cropPx} px, without ${far.join(", ")}`, tests, results }),
  ];
}

interface GainPlot {
  readonly entries: readonly TableEntry[];
  readonly title: string;
  readonly tests: Table1["tests"];
  readonly results: Results;
}

const gainPlot = ({ entries, title, tests, results }: GainPlot) =>
  linePlot({
    title,
    caption: "Gain in PSNR over the input, by the size of the test pictures.",
    x: { label: "side of the test pictures, px", scale: "log", ticks: [64, 128, FRAME_SIDE_PX], format: "d" },
    y: { label: "gain, dB" },
    series: entries.map((entry) => ({
      name: entry.method.label,
      points: tests.map(({ cropPx: side }, i) => {
        const { mean, standardError } = meanGain(scoresOn(results, entry, i), "psnr");
        return { x: side ?? FRAME_SIDE_PX, y: mean!, error: standardError };
      }),
    })),
    references: [{ axis: "y", at: 0, label: "doing nothing" }],
  });

function pairsOf(entries: readonly TableEntry[]): (readonly [TableEntry, TableEntry])[] {
  return entries
    .filter(({ cropPx }) => cropPx === 64)
    .map((at64) => [at64, entries.find(({ method, cropPx }) => method === at64.method && cropPx === 128)!] as const);
}

const WORDS = {
  above: "the larger training crops are better",
  below: "the smaller training crops are better",
  unclear: "",
};

function verdict(
  [at64, at128]: readonly [TableEntry, TableEntry],
  labels: readonly string[],
  results: Results,
): string {
  const signs = labels.map((label, i) => {
    const difference = meanDifference(scoresOn(results, at128, i), scoresOn(results, at64, i), "psnr");
    return { label, sign: signOf(difference, MIN_SHOWN), difference };
  });
  const clear = signs.filter(({ sign }) => sign !== "unclear");
  if (clear.length === 0)
    return `${at64.method.label}: no difference between the training crops is clear on any test set (paired t test over pictures, 5 %).`;
  const parts = clear.map(
    ({ label, sign, difference }) => `on ${label} ${WORDS[sign]} (${number(difference, 2, true)} dB)`,
  );
  const both = new Set(clear.map(({ sign }) => sign)).size === 2;
  return `${at64.method.label}: ${parts.join("; ")}.${both ? " Each size is best at its own, so the discrepancy appears in both directions." : ""}`;
}

/** Compares networks with global pooling to the same networks with pooling over windows of the training crops' size. */
export function poolingSection({ entries, tests }: Table1, results: Results) {
  const pooling = entries.filter(({ local }) => local !== null);
  return html`<p>These networks average each channel over the whole picture. If a picture is larger than the training crops, these averages have
  other statistics than those that the network has learned. Pooling over windows of 1.5 times the training crops at test time (Chu et al. 2022)
  removes the difference without retraining. The gain below is the part of the discrepancy that pooling causes. On pictures within the window
  both are equal.</p>
${reportTable({
  caption: "PSNR of local minus global pooling in dB, over the same crops. Above 0, local pooling is better.",
  columns: [{ label: "Network" }, ...tests.map(({ label }) => ({ label, number: true }))],
  rows: pooling.map((entry) => ({
    cells: [
      entry.run.label,
      ...tests.map((_, i) =>
        cell(meanDifference(results.of(entry.local![i]!).scores, scoresOn(results, entry, i), "psnr"), 3, true),
      ),
    ],
  })),
})}`;
}
