/** @file Report of Table 1: the paper's table with measured values, and measurements beyond it. */

import { meanDifference, meanGain, meanOf, signOf } from "../evaluation/measures.js";
import { isPerceptual } from "../evaluation/perception.js";
import type { PictureScores } from "../evaluation/protocol.js";
import { html } from "../reports/html.js";
import { cell, reportTable } from "../reports/table.js";
import { MIN_SHOWN, number } from "./cells.js";
import { discrepancySection, poolingSection } from "./discrepancy.js";
import type { Method, TrainingCropPx } from "./methods.js";
import type { ReportContent } from "./plan.js";
import { evaluationRecords, reducedNotes, trainingTable } from "./report-parts.js";
import type { Results } from "./results.js";
import { samplesSection } from "./samples-section.js";
import { startSection } from "./start-section.js";
import { scoresOn, type Table1, type TableEntry, tasksOf } from "./table-1-entry.js";
import { countOf } from "./test-sets.js";

const entryOf = (entries: readonly TableEntry[], method: Method, cropPx: TrainingCropPx): TableEntry =>
  entries.find((entry) => entry.method === method && entry.cropPx === cropPx)!;

export function reportTable1(table: Table1, results: Results): ReportContent {
  const { scale, entries, untrained } = table;
  const rows = scoresOn(results, entries[0]!, 0);
  return {
    lead: lead(table, results),
    notes: [...reducedNotes(scale), errorNote(rows), ...untrained.map(({ model }) => model.note)],
    sections: [
      { title: "The table", content: mainTable(table, results) },
      { title: "Beyond PSNR", content: measuresTable(table, results) },
      { title: "Training crops against test size", content: discrepancySection(table, results) },
      ...(entries.some(({ local }) => local)
        ? [{ title: "Global against local pooling", content: poolingSection(table, results) }]
        : []),
      ...(entries.some(({ method }) => method.draws)
        ? [
            { title: "One sample against the mean of several", content: samplesSection(table, results) },
            { title: "From noise alone, or from the noised photo", content: startSection(table, results) },
          ]
        : []),
      {
        title: "Training",
        content: trainingTable(
          entries.map(({ run }) => run),
          results,
        ),
      },
    ],
    records: evaluationRecords(
      [...entries.flatMap(tasksOf), ...untrained.flatMap(({ evaluations }) => evaluations)],
      results,
    ),
  };
}

function lead({ entries, tests }: Table1, results: Results): string {
  const rows = scoresOn(results, entries[0]!, 0);
  const ranked = entries
    .map((entry) => ({ entry, gain: meanGain(scoresOn(results, entry, 0), "psnr") }))
    .sort((a, b) => b.gain.mean! - a.gain.mean!);
  const [best, second] = ranked;
  const better = ranked.filter(({ gain }) => signOf(gain, MIN_SHOWN) === "above").length;
  const nothing = `On ${countOf(tests[0]!, rows.length)} the unrestored input scores ${number(meanOf(rows, "psnr", "input"), 2)} dB.`;
  const ahead = meanDifference(scoresOn(results, best!.entry, 0), scoresOn(results, second!.entry, 0), "psnr");
  const than = `${second!.entry.run.label} (${number(ahead, 2, true)} dB)`;
  const verdict = signOf(ahead, MIN_SHOWN) === "above" ? `better than ${than}` : `not clearly better than ${than}`;
  const nearest = `${best!.entry.run.label} has the highest mean, ${number(best!.gain, 2, true)} dB relative to the input, ${verdict}.`;
  return `${nothing} ${nearest} ${better} of ${entries.length} networks are clearly better than the input (paired t test over the pictures, 5 %).`;
}

const errorNote = (rows: readonly PictureScores[]): string => {
  const pictures = new Set(rows.map(({ name }) => name)).size;
  return `± is the standard error over ${pictures} ${pictures === 1 ? "picture" : "pictures"}; crops of one picture are alike and count as one. What is called better or worse is so by a paired t test over pictures, at 5 %.`;
};

function mainTable({ entries, tests, untrained }: Table1, results: Results) {
  const methods = [...new Set(entries.map(({ method }) => method))];
  const crops = [...new Set(entries.map(({ cropPx }) => cropPx))];
  const means = entries.map((entry) => ({ entry, psnr: meanOf(scoresOn(results, entry, 0), "psnr") }));
  const top = (cropPx: number) =>
    Math.max(...means.filter(({ entry }) => entry.cropPx === cropPx).map(({ psnr }) => psnr.mean!));
  const input = meanOf(scoresOn(results, entries[0]!, 0), "psnr", "input");
  const none = { value: null, digits: 2 };
  return reportTable({
    caption: html`PSNR in dB of every network on the same ${tests[0]!.label}, by the side of its training crops. Parameters are
    those trained here; a model that is measured as it is stands in the first columns. The paper's columns are from its Table 1, measured on other pictures with the full networks.`,
    columns: [
      { label: "Method" },
      { label: "Parameters", number: true },
      ...crops.flatMap((cropPx) => [
        { label: "PSNR", number: true, group: `trained at ${cropPx} px` },
        { label: "gain", number: true, group: `trained at ${cropPx} px` },
      ]),
      { label: "Parameters", number: true, group: "the paper" },
      ...crops.map((cropPx) => ({ label: `${cropPx} px`, number: true, group: "the paper" })),
    ],
    rows: [
      {
        cells: [
          "Input, unrestored",
          "",
          ...crops.flatMap(() => [cell(input, 2), { value: 0, digits: 2 }]),
          "",
          ...crops.map(() => none),
        ],
        setApart: true,
      },
      ...methods.map((method) => ({
        cells: [
          method.label,
          results.run(entryOf(entries, method, crops[0]!).run.id).parameters.toLocaleString("en"),
          ...crops.flatMap((cropPx) => {
            const scores = scoresOn(results, entryOf(entries, method, cropPx), 0);
            const psnr = meanOf(scores, "psnr");
            return [{ ...cell(psnr, 2), best: psnr.mean === top(cropPx) }, cell(meanGain(scores, "psnr"), 2, true)];
          }),
          method.paper ? `${method.paper.parametersM} M` : "",
          ...crops.map((cropPx) => ({ value: method.paper?.psnr[cropPx] ?? null, digits: 2 })),
        ],
      })),
      ...untrained.map((entry) => {
        const scores = scoresOn(results, entry, 0);
        const { parameters } = results.model(entry.model.id);
        const own = [cell(meanOf(scores, "psnr"), 2), cell(meanGain(scores, "psnr"), 2, true)];
        return {
          cells: [
            entry.model.label,
            parameters === 0 ? "none" : parameters.toLocaleString("en"),
            ...crops.flatMap((_, i) => (i === 0 ? own : [none, none])),
            "",
            ...crops.map(() => none),
          ],
        };
      }),
    ],
  });
}

function measuresTable({ entries, tests, untrained }: Table1, results: Results) {
  const first = scoresOn(results, entries[0]!, 0);
  const perceptual = entries[0]!.evaluations[0]!.metrics.filter(isPerceptual);
  const line = (label: string, rows: readonly PictureScores[], which: "input" | "restored") => ({
    cells: [
      label,
      cell(meanOf(rows, "ssim", which), 4),
      cell(meanOf(rows, "psnr-registered", which), 2),
      cell(meanOf(rows, "ssim-registered", which), 4),
      cell(meanOf(rows, "tone-error", which), 2),
      cell(meanOf(rows, "high-frequency", which), 2),
      ...perceptual.map((name) => cell(meanOf(rows, name, which), 4)),
    ],
    setApart: which === "input",
  });
  return reportTable({
    caption: `Measured on the ${tests[0]!.label}. SSIM as in skimage. Registered: after the best shift, so that a restoration that moves the picture is not judged for it. Tone error: error of the mean of a block of 64 px, in levels of 255. Fine detail: power above about 0.19 cycles per pixel relative to the truth; 1 is correct, less is blur, more is noise or invented detail.`,
    columns: [
      { label: "Network" },
      { label: "SSIM", number: true },
      { label: "PSNR", number: true, group: "registered" },
      { label: "SSIM", number: true, group: "registered" },
      { label: "Tone error", number: true },
      { label: "Fine detail", number: true },
      ...perceptual.map((name) => ({ label: name, number: true })),
    ],
    rows: [
      line("Input, unrestored", first, "input"),
      ...entries.map((entry) => line(entry.run.label, scoresOn(results, entry, 0), "restored")),
      ...untrained.map((entry) => line(entry.model.label, scoresOn(results, entry, 0), "restored")),
    ],
  });
}
