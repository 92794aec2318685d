/**
 * @file Report of Figure 4: the schedules in closed form, the measured tone errors, and the conclusions that they
 * support.
 */
import { createSchedule, type ScheduleConfig } from "../diffusion/schedule-catalog.js";
import { meanDifference, meanGain, meanOf, signOf } from "../evaluation/measures.js";
import { formatNumber } from "../evaluation/number-text.js";
import type { PictureScores } from "../evaluation/protocol.js";
import type { Statistic } from "../evaluation/summary.js";
import { html, paragraphs } from "../reports/html.js";
import { pictureRow, pictureStrip } from "../reports/pictures.js";
import { linePlot, plotGrid } from "../reports/plot.js";
import { cell, reportTable } from "../reports/table.js";
import { MIN_SHOWN, number } from "./cells.js";
import type { Condition, Variant } from "./figure-4.js";
import { type ToneEvidence, verdictSentence } from "./figure-4-verdict.js";
import type { PlannedRun, ReportContent, TestSet } from "./plan.js";
import { evaluationRecords, reducedNotes, trainingTable } from "./report-parts.js";
import type { Results } from "./results.js";
import type { Scale } from "./scale.js";

/** Lower ratios are not drawn: the ends of the schedules lie far below. */
const MIN_DB = -60;

const decibels = (ratio: number): number => 10 * Math.log10(ratio);
const snrs = (config: ScheduleConfig): number[] =>
  [...createSchedule(config).alphaBars].map((alphaBar) => alphaBar / (1 - alphaBar));

export function figure4Report(figure: Figure4, results: Results): ReportContent {
  const { scale, runs, conditions } = figure;
  const sentences = evidence(figure, results).map(verdictSentence);
  return {
    lead: sentences.join(" "),
    notes: [
      ...reducedNotes(scale),
      ...(scale === "paper"
        ? []
        : [
            "All schedules are sampled with the same number of steps, so that the differences are due to the schedules.",
          ]),
    ],
    sections: [
      { title: "The question", content: question(conditions) },
      { title: "Tone error by schedule, start and sampler", content: toneTable(figure, results) },
      { title: "Two explanations compared with the measurements", content: paragraphs(sentences) },
      { title: "What the network predicts", content: predictionSection(figure, results) },
      { title: "Pictures", content: pictures(figure, results) },
      { title: "Training", content: trainingTable(runs, results) },
    ],
    records: conditions.flatMap(({ variant, start, sampler, evaluations }) =>
      evaluationRecords(evaluations, results).map((record) => ({
        ...{ T: variant.schedule.T, prediction: variant.prediction, zeroTerminalSnr: variant.schedule.zeroTerminalSnr },
        ...{ start, sampler },
        ...record,
      })),
    ),
  };
}

/** The schedules in closed form: the signal that is left where sampling starts. */
function question(conditions: readonly Condition[]) {
  const variants = [...new Set(conditions.map(({ variant }) => variant))];
  const schedules = variants.filter(
    ({ schedule }, i) => variants.findIndex((other) => same(other.schedule, schedule)) === i,
  );
  return html`<p>Only about the cleanest 400 of the paper's 2000 steps have a signal-to-noise ratio above -8 dB, so most of the process looks like
  noise for any network. The shortened schedules match their betas to these 400 steps. However, a schedule shortened in this way does not end in
  noise: in training, x_T still contains a part of the image, mainly its tone, while sampling starts from noise without any image.</p>
  <p>Two explanations of shifted tones make different predictions. If <b>steps are missing</b>, the shift persists for every start. If <b>the
  schedule's end does not match the start</b>, the shift disappears when sampling starts from q(x_T | blurry photo), which keeps the tone, or when the
  schedule is rescaled to end without signal (Lin et al. 2023). Neither remedy adds a step.</p>
${reportTable({
  caption: "The end of each schedule, in closed form: amplitudes of the image (signal) and of the noise in x_T.",
  columns: [
    { label: "Schedule" },
    { label: "Last beta", number: true },
    { label: "Signal at T", number: true },
    { label: "Noise at T", number: true },
    { label: "SNR at T, dB", number: true },
    { label: "Steps above -8 dB", number: true },
  ],
  rows: schedules.map(({ label, schedule }) => {
    const all = snrs(schedule);
    const last = all.at(-1)!;
    return {
      cells: [
        label,
        { value: schedule.end, digits: 4 },
        { value: Math.sqrt(last / (1 + last)), digits: 4 },
        { value: Math.sqrt(1 / (1 + last)), digits: 4 },
        last < 1e-9 ? "no signal" : { value: decibels(last), digits: 1 },
        String(all.filter((snr) => decibels(snr) > -8).length),
      ],
    };
  }),
})}
${plotGrid([
  linePlot({
    title: "Signal-to-noise ratio by step",
    caption: `In closed form. Sampling runs from right to left. Below ${MIN_DB} dB the lines are left out.`,
    x: { label: "t, 0 is the least noisy", domain: [0, 2000] },
    y: { label: "SNR, dB", domain: [MIN_DB, 45] },
    series: schedules.map(({ label, schedule }) => ({
      name: label,
      points: thinned(snrs(schedule)).map(({ t, value }) => ({
        ...{ x: t, y: decibels(value) >= MIN_DB ? decibels(value) : Number.NaN },
      })),
    })),
    references: [{ axis: "y", at: -8, label: "-8 dB" }],
  }),
])}`;
}

const same = (a: Variant["schedule"], b: Variant["schedule"]): boolean =>
  a.T === b.T && a.end === b.end && a.zeroTerminalSnr === b.zeroTerminalSnr;

/** About a hundred of the values, including the last. */
function thinned(values: readonly number[]): { readonly t: number; readonly value: number }[] {
  const every = Math.max(1, Math.floor(values.length / 100));
  return values.map((value, t) => ({ t, value })).filter(({ t }) => t % every === 0 || t === values.length - 1);
}

function toneTable({ conditions, tests }: Figure4, results: Results) {
  const first = conditions[0]!;
  const columns = tests.flatMap(({ label }) => [
    { label: "tone error", number: true, group: label },
    { label: "PSNR gain, dB", number: true, group: label },
    { label: "fine detail", number: true, group: label },
  ]);
  return reportTable({
    caption:
      "Tone error: error of the mean of a block of 64 px, in levels of 255. Fine detail: power of high frequencies relative to the truth (1 is correct). All rows use the same crops.",
    columns: [{ label: "Process" }, { label: "Start" }, { label: "Sampler" }, ...columns],
    rows: [
      {
        cells: [
          "Input, unrestored",
          ...["", ""],
          ...tests.flatMap((_, i) => {
            const rows = scoresOf(results, first, i);
            return [
              cell(meanOf(rows, "tone-error", "input"), 2),
              { value: 0, digits: 2 },
              cell(meanOf(rows, "high-frequency", "input"), 2),
            ];
          }),
        ],
        setApart: true,
      },
      ...conditions.map((condition) => ({
        cells: [
          condition.variant.label,
          condition.start === "gaussian" ? "noise" : "noised photo",
          condition.sampler,
          ...tests.flatMap((_, i) => {
            const rows = scoresOf(results, condition, i);
            return [
              cell(meanOf(rows, "tone-error"), 2),
              cell(meanGain(rows, "psnr"), 2, true),
              cell(meanOf(rows, "high-frequency"), 2),
            ];
          }),
        ],
      })),
    ],
  });
}

/** The shortest process compared with the whole one, for each sampler. */
function evidence(figure: Figure4, results: Results): ToneEvidence[] {
  const rowsOf = rowsBy(figure, results);
  return samplersOf(figure).map((sampler) => {
    const short = rowsOf("eps-400", "gaussian", sampler);
    return {
      sampler,
      shortened: toneDifference(short, rowsOf("eps-2000", "gaussian", sampler)),
      fittingStart: toneDifference(rowsOf("eps-400", "blurry", sampler), short),
      fittingEnd: toneDifference(rowsOf("v-400-zero", "gaussian", sampler), rowsOf("v-400", "gaussian", sampler)),
    };
  });
}

const START_NAMES = { gaussian: "noise", blurry: "noised photo" } as const satisfies Record<Condition["start"], string>;

/** A row for each process, a column for each start and sampler. */
function pictures({ conditions }: Figure4, results: Results) {
  const kept = conditions.map((condition) => results.of(condition.evaluations[1]!).kept);
  const variants = [...new Set(conditions.map(({ variant }) => variant))];
  const columnOf = ({ start, sampler }: Condition) => `${START_NAMES[start]}, ${sampler}`;
  const columns = [...new Set(conditions.map(columnOf))];
  return (kept[0] ?? []).map(({ name, input, truth }, i) => {
    const cellOf = (variant: Variant, column: string) => {
      const at = conditions.findIndex((one) => one.variant === variant && columnOf(one) === column);
      if (at < 0) return null;
      const { samples, scores } = kept[at]![i]!;
      const tone = formatNumber({ value: scores.restored["tone-error"] ?? null, digits: 1 });
      return { ...samples[0]!, note: `${tone} levels` };
    };
    return html`${pictureRow({
      caption: name,
      pictures: [
        { ...input, label: "Input" },
        { ...truth, label: "Truth" },
      ],
      leastPx: 140,
    })}${pictureStrip({
      caption: `${name}: each process by start and sampler, with its tone error in levels of 255.`,
      columns,
      rows: variants.map((variant) => ({
        label: variant.label,
        pictures: columns.map((column) => cellOf(variant, column)),
      })),
      sidePx: 150,
    })}`;
  });
}

/** Verdicts about predicting v instead of eps. */
const WORDS = {
  below: "the prediction target is a cause of the tone error by itself",
  above: "predicting eps does not cause the tone shift",
  unclear: "within the error",
};

/**
 * The section of a network that predicts v: compares eps with v under the paper's whole schedule: the effect of an
 * error of eps on the image in closed form, and the measurement.
 */
function predictionSection(figure: Figure4, results: Results) {
  const rowsOf = rowsBy(figure, results);
  return html`<p>The estimate of the image from a predicted eps is (x_t - noise eps) / signal, so an error of eps is amplified by noise / signal:
  1.6 times at -4 dB, 10 times at -20 dB, 56 times at -35 dB. After little training the first estimates consist mostly of this error. Their wrong
  tone persists, because each later step relies on the tone in its x_t. An error of v is not amplified, so a network that predicts v must take the
  tone from the blurry photo from the start.</p>
${paragraphs(
  samplersOf(figure).map((sampler) => {
    const change = toneDifference(rowsOf("v-2000", "gaussian", sampler), rowsOf("eps-2000", "gaussian", sampler));
    return `With ${sampler} sampling, T = 2000, from noise: predicting v instead of eps changes the tone error by ${number(change, 2, true)} levels (${WORDS[signOf(change, MIN_SHOWN)]}).`;
  }),
)}`;
}

interface Figure4 {
  readonly scale: Scale;
  readonly runs: readonly PlannedRun[];
  /** Test sets: crops of 64 px, then of 128 px. */
  readonly tests: readonly TestSet[];
  readonly conditions: readonly Condition[];
}

/** Scores of a condition on the crops of one size. */
const scoresOf = (results: Results, condition: Condition, test: number): readonly PictureScores[] =>
  results.of(condition.evaluations[test]!).scores;

/** Returns the scores of one variant, start and sampler, on the crops of both sizes. */
const rowsBy =
  ({ conditions, tests }: Figure4, results: Results) =>
  (id: string, start: string, sampler: string): PictureScores[] => {
    const condition = conditions.find(
      (one) => one.variant.id === id && one.start === start && one.sampler === sampler,
    )!;
    return tests.flatMap((_, i) => scoresOf(results, condition, i));
  };

const samplersOf = ({ conditions }: Figure4): string[] => [...new Set(conditions.map(({ sampler }) => sampler))];

/** Tone error of `a` minus that of `b` in levels of 255, over the same crops. */
const toneDifference = (a: PictureScores[], b: PictureScores[]): Statistic => meanDifference(a, b, "tone-error");
