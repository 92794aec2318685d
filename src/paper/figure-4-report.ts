/** @file Figure 4 as a report: the schedules in closed form, the tone errors measured, and what they support. */
import { createSchedule, type ScheduleConfig } from "../diffusion/schedule-catalog.js";
import { meanGain, meanOf } from "../evaluation/measures.js";
import { html, paragraphs } from "../reports/html.js";
import { type LabelledPicture, pictureRow } from "../reports/pictures.js";
import { linePlot, plotGrid } from "../reports/plot.js";
import { formatNumber, reportTable } from "../reports/table.js";
import { cell } from "./cells.js";
import type { Condition, Variant } from "./figure-4.js";
import { predictionSection } from "./figure-4-prediction.js";
import { type Figure4, rowsBy, samplersOf, scoresOf, toneDifference } from "./figure-4-rows.js";
import { type ToneEvidence, verdictSentence } from "./figure-4-verdict.js";
import type { ReportContent } from "./plan.js";
import { evaluationRecords, reducedNotes, trainingTable } from "./report-parts.js";
import type { Results } from "./results.js";

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
            "Every schedule is sampled with the same number of steps here, so that differences are those of the schedules.",
          ]),
    ],
    sections: [
      { title: "What is at stake", content: question(conditions) },
      { title: "Tone error by schedule, start and sampler", content: toneTable(figure, results) },
      { title: "Two explanations against the numbers", content: paragraphs(sentences) },
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

/** The schedules in closed form: how much signal is left where sampling starts. */
function question(conditions: readonly Condition[]) {
  const variants = [...new Set(conditions.map(({ variant }) => variant))];
  const schedules = variants.filter(
    ({ schedule }, i) => variants.findIndex((other) => same(other.schedule, schedule)) === i,
  );
  return html`<p>Of the paper's 2000 steps only about the cleanest 400 have a signal-to-noise ratio above -8 dB, so most of the process looks like noise
whatever the network does. To shorten it, betas are matched to those 400 steps. But a schedule shortened so does not end in
noise: in training, x_T still holds a part of the image, its tone above all, while sampling starts from noise that holds none.</p>
<p>Two explanations of shifted tones make different predictions. If <b>steps are missing</b>, the shift stays whatever the start. If <b>the schedule's end
does not fit the start</b>, it goes when sampling starts from q(x_T | blurry photo), which keeps the tone, or when the schedule is rescaled to end without
signal (Lin et al. 2023); neither adds a step.</p>
${reportTable({
  caption:
    "Where each schedule ends, in closed form. Signal: the part of the image in x_T, beside noise of the other column.",
  columns: [
    { label: "Schedule" },
    { label: "Last beta", number: true },
    { label: "Signal at T", number: true },
    { label: "Noise at T", number: true },
    { label: "SNR at T", number: true },
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
        last < 1e-9 ? "0" : { value: last, digits: 4 },
        String(all.filter((snr) => decibels(snr) > -8).length),
      ],
    };
  }),
})}
${plotGrid([
  linePlot({
    title: "Signal-to-noise ratio by step",
    caption: "Sampling goes from right to left. In closed form.",
    x: { label: "t, 0 is the least noisy", domain: [0, 2000] },
    y: { label: "SNR, dB", domain: [-60, 45] },
    series: schedules.map(({ label, schedule }) => ({
      name: label,
      points: thinned(snrs(schedule)).map(({ t, value }) => ({ x: t, y: Math.max(-200, decibels(value)) })),
    })),
    references: [{ axis: "y", at: -8, label: "-8 dB" }],
  }),
])}`;
}

const same = (a: Variant["schedule"], b: Variant["schedule"]): boolean =>
  a.T === b.T && a.end === b.end && a.zeroTerminalSnr === b.zeroTerminalSnr;

/** About a hundred places, the last among them. */
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
      "Tone error: by how many levels of 255 the mean of a block of 64 px is off; fine detail: power of high frequencies against the truth's (1 is right). The same crops for all.",
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

/** The shortest process against the whole one, for each sampler. */
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

function pictures({ conditions }: Figure4, results: Results) {
  const kept = conditions.map((condition) => results.of(condition.evaluations[1]!).kept);
  return (kept[0] ?? []).map((first, i) => {
    const restored = conditions.map(({ variant, start, sampler }, k): LabelledPicture => {
      const { samples, scores } = kept[k]![i]!;
      const tone = formatNumber({ value: scores.restored["tone-error"] ?? null, digits: 1 });
      return {
        ...samples[0]!,
        label: variant.label,
        note: `${start === "gaussian" ? "noise" : "noised photo"}, ${sampler}; ${tone} levels`,
      };
    });
    return pictureRow({
      caption: `${first.name}: each process, start and sampler, with its tone error.`,
      pictures: [{ ...first.input, label: "Input" }, { ...first.truth, label: "Truth" }, ...restored],
      leastPx: 140,
    });
  });
}
