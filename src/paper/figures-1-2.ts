/** @file Figures 1 and 2: restorations of the same crops and of the same whole frames by every method, side by side. */

import { formatNumber } from "../evaluation/number-text.js";
import type { Scores } from "../evaluation/scores.js";
import { html } from "../reports/html.js";
import { type LabelledPicture, type Picture, pictureRow } from "../reports/pictures.js";
import type { Experiment, ReportContent } from "./plan.js";
import { evaluationRecords, reducedNotes } from "./report-parts.js";
import type { KeptPicture, Results } from "./results.js";
import { tableEntries } from "./table-1.js";
import type { Table1, TableEntry } from "./table-1-entry.js";

interface Figure {
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly testId: string;
  /** Least width of the pictures in a row, in pixels. */
  readonly leastPx: number;
}

const psnrOf = (scores: Scores | undefined): string => `${formatNumber({ value: scores?.psnr ?? null, digits: 2 })} dB`;

const tile = (picture: Picture, label: string, note: string): LabelledPicture => ({ ...picture, label, note });

/**
 * Restorations of one kept picture: the input, each network, the mean of a network's samples if it draws samples, the
 * truth.
 */
function tiles(entries: readonly TableEntry[], kept: readonly KeptPicture[], i: number): LabelledPicture[] {
  const [first] = kept;
  const restored = entries.flatMap(({ method, cropPx }, k) => {
    const { samples, mean, scores } = kept[k]!;
    const from = `trained at ${cropPx} px`;
    return [
      tile(samples[0]!, method.label, `${from}, ${psnrOf(scores.samples[0])}`),
      ...(mean
        ? [
            tile(
              mean,
              `${method.label}, mean of ${samples.length}`,
              `${from}, ${psnrOf(scores.meanOfSamples ?? undefined)}`,
            ),
          ]
        : []),
    ];
  });
  return [
    tile(first!.input, "Input", psnrOf(first!.scores.input)),
    ...restored,
    tile(first!.truth, "Truth", `picture ${i + 1}`),
  ];
}

function report(
  { testId, leastPx }: Figure,
  { scale, tests, entries }: Omit<Table1, "untrained">,
  results: Results,
): ReportContent {
  const test = tests.findIndex(({ id }) => id === testId);
  const kept = entries.map((entry) => results.of(entry.evaluations[test]!).kept);
  const count = kept[0]!.length;
  return {
    lead: `${count} ${count === 1 ? "picture" : "pictures"} (${tests[test]!.label}), restored by each network. Enlarging one enlarges its row.`,
    notes: reducedNotes(scale),
    sections: Array.from({ length: count }, (_, i) => {
      const own = kept.map((pictures) => pictures[i]!);
      const { name, crop } = own[0]!.scores;
      const place = crop ? `, ${crop.width} x ${crop.height} px at ${crop.left}, ${crop.top}` : "";
      return {
        title: `Picture ${i + 1}`,
        content: html`${pictureRow({ caption: `${name}${place}. PSNR in dB against the truth.`, pictures: tiles(entries, own, i), leastPx })}`,
      };
    }),
    records: evaluationRecords(
      entries.map(({ evaluations }) => evaluations[test]!),
      results,
    ),
  };
}

/** Uses the runs and measurements of Table 1: nothing is trained or restored twice. */
const figure = (own: Figure): Experiment => ({
  name: own.name,
  title: own.title,
  question: own.question,
  plan(setting) {
    const { tests, entries } = tableEntries(setting);
    const test = tests.findIndex(({ id }) => id === own.testId);
    return {
      runs: entries.map(({ run }) => run),
      tasks: entries.map(({ evaluations }) => evaluations[test]!),
      report: (results) => report(own, { scale: setting.scale, tests, entries }, results),
    };
  },
});

export const figure1 = figure({
  name: "figure-1",
  title: "Figure 1: restored crops",
  question: "What do the restorations of small crops look like, method by method?",
  testId: "64",
  leastPx: 150,
});

export const figure2 = figure({
  name: "figure-2",
  title: "Figure 2: restored frames",
  question: "What do the restorations of whole 1280x720 frames look like, method by method?",
  testId: "frames",
  leastPx: 380,
});
