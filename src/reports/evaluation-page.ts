/**
 * @file The page of `unblur evaluate --report`: a model's scores on a test set, and its worst restorations at 100 %.
 */
import { type Calibration, exactShare, ONE_SIGMA_SHARE } from "../evaluation/calibration.js";
import { METRICS, type MetricName } from "../evaluation/metrics/catalog.js";
import { formatNumber } from "../evaluation/number-text.js";
import { SET_METRICS, type SetMetric } from "../evaluation/perception.js";
import type { PictureScores } from "../evaluation/protocol.js";
import { gainOf } from "../evaluation/scores.js";
import type { SetScore, SetScores } from "../evaluation/set-scores.js";
import { type MetricSummary, perPicture, summarise } from "../evaluation/summary.js";
import { UNCERTAINTY_WHITE_LEVELS } from "../restoration/sample-summary.js";
import { type Content, type Html, html } from "./html.js";
import { type Provenance, type ReportSection, reportPage } from "./page.js";
import { type Picture, pictureRow } from "./pictures.js";
import { linePlot } from "./plot.js";
import { cell, reportTable } from "./table.js";
import { orderingMetric, type WorstPicture } from "./worst-pictures.js";

export interface EvaluationPage {
  /** The model and its settings in a few words: "default, 4 steps, 1 sample". */
  readonly model: string;
  readonly pictures: readonly PictureScores[];
  readonly sets: SetScores;
  /** Reasons of the pairs that were skipped. */
  readonly leftOut: readonly string[];
  /** The picture with the least gain first. */
  readonly worst: readonly WorstPicture<Picture>[];
  readonly calibration: Calibration | null;
  readonly provenance: Provenance;
}

export function evaluationPage(page: EvaluationPage): string {
  const { model, pictures, sets, leftOut, worst, calibration, provenance } = page;
  const samples = pictures[0]?.samples.length ?? 1;
  const sections: (ReportSection | null)[] = [
    { title: "Means", content: means(pictures, sets) },
    gains(pictures),
    { title: "Least improved pictures", content: worstTable(worst) },
    ...worst.map(pictureSection),
    calibration && calibrationSection(calibration, samples),
  ];
  return reportPage({
    title: `Evaluation: ${model}`,
    lead: `${countOf(pictures)} with their sharp partners, rounded to 8 bits. The crops show what the blur changed most of each picture.${samples > 1 ? ` "Restored" is the mean of the scores of ${samples} samples.` : ""}`,
    notes: leftOut.length > 0 ? [`Left out, and not in the numbers: ${leftOut.join("; ")}.`] : [],
    sections: sections.filter((section) => section !== null),
    provenance,
  });
}

function countOf(pictures: readonly PictureScores[]): string {
  const names = new Set(pictures.map(({ name }) => name)).size;
  const photos = `${names} ${names === 1 ? "picture" : "pictures"}`;
  return pictures[0]?.crop ? `${pictures.length} crops of ${photos}` : photos;
}

const isShown = (value: number | null): value is number => value !== null && Number.isFinite(value);

function means(pictures: readonly PictureScores[], sets: SetScores): Html {
  const summary = Object.entries(summarise(pictures)) as [MetricName, MetricSummary][];
  const sampled = summary.some(([, { meanOfSamples }]) => meanOfSamples !== null);
  const number = (label: string) => ({ label, number: true });
  const columns = [
    { label: "Metric" },
    number("input"),
    number("restored"),
    number("gain"),
    number("improved"),
    number("p"),
    ...(sampled ? ["value", "gain"].map((label) => ({ ...number(label), group: "mean of the samples" })) : []),
  ];
  const rows = summary.map(([name, { input, restored, gain, better, p, meanOfSamples }]) => ({
    cells: [
      labelOf(name),
      cell(input, METRICS[name].digits),
      cell(restored, METRICS[name].digits),
      cell(gain, METRICS[name].digits, true),
      `${better} of ${gain.pictures}`,
      { value: p, digits: 3 },
      ...(meanOfSamples
        ? [cell(meanOfSamples.value, METRICS[name].digits), cell(meanOfSamples.gain, METRICS[name].digits, true)]
        : []),
    ],
  }));
  const setRows = (Object.entries(sets) as [SetMetric, SetScore][]).map(([name, { input, restored }]) => ({
    cells: [
      `${name} (lower is better)`,
      { value: input, digits: 3 },
      { value: restored, digits: 3 },
      { value: isShown(input) && isShown(restored) ? input - restored : null, digits: 3, signed: true },
      ...columns.slice(4).map(() => ""),
    ],
  }));
  const meanings: readonly (readonly [string, string])[] = [
    ...summary.map(([name]) => [name, METRICS[name].summary] as const),
    ...(Object.keys(sets) as SetMetric[]).map((name) => [name, SET_METRICS[name]] as const),
  ];
  return html`${reportTable({
    caption:
      "Means over the pictures ± standard error; crops of a picture count as one value. A gain above 0 is an improvement. p: chance of gains as one-sided as these without a real difference (signed-rank test).",
    columns,
    rows: [...rows, ...setRows],
  })}
<dl>${meanings.map(([name, meaning]) => html`<dt>${name}</dt><dd>${meaning}</dd>`)}</dl>`;
}

const labelOf = (name: MetricName): string => {
  const { unit, better } = METRICS[name];
  return `${name}${unit ? `, ${unit}` : ""} (${better} is better)`;
};

/** The gain of each picture in order, which a mean hides. Null if no picture has one. */
function gains(pictures: readonly PictureScores[]): ReportSection | null {
  const metric = pictures[0] && orderingMetric(pictures[0]);
  if (!metric) return null;
  const sorted = perPicture(pictures, ({ input, restored }) => gainOf(metric, restored, input))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  const { unit } = METRICS[metric];
  return {
    title: `Gain in ${metric} of each picture`,
    content: linePlot({
      title: "From the least to the greatest",
      x: { label: "pictures", domain: [0, sorted.length + 1] },
      y: { label: `gain${unit ? `, ${unit}` : ""}` },
      series: [{ name: "gain", dots: true, points: sorted.map((y, i) => ({ x: i + 1, y })) }],
      references: [{ axis: "y", at: 0, label: "doing nothing" }],
    }),
  };
}

/** Metrics of the table of pictures, those of them that were computed. */
const PICTURE_METRICS = ["psnr", "psnr-registered", "ssim"] as const satisfies readonly MetricName[];

const nameOf = ({ name, crop }: PictureScores): string => (crop ? `${name}, crop at ${crop.left}, ${crop.top}` : name);

function worstTable(worst: readonly WorstPicture<Picture>[]): Html {
  const metrics = PICTURE_METRICS.filter((metric) => worst.some(({ scores }) => metric in scores.input));
  return reportTable({
    caption:
      "The pictures below, the one with the least gain first. Registered: after the best shift of the whole picture.",
    columns: [
      { label: "Picture" },
      ...metrics.flatMap((group) => ["input", "restored", "gain"].map((label) => ({ label, group, number: true }))),
    ],
    rows: worst.map(({ scores }) => ({
      cells: [
        nameOf(scores),
        ...metrics.flatMap((metric) => {
          const digits = Math.min(3, METRICS[metric].digits);
          return [
            { value: scores.input[metric] ?? null, digits },
            { value: scores.restored[metric] ?? null, digits },
            { value: gainOf(metric, scores.restored, scores.input), digits, signed: true },
          ];
        }),
      ],
    })),
  });
}

function pictureSection({ scores, place, views }: WorstPicture<Picture>): ReportSection {
  const metric = orderingMetric(scores);
  const { unit, digits } = metric ? METRICS[metric] : { unit: "", digits: 0 };
  const about: Content = metric ? ` ${metric} of the whole ${scores.crop ? "crop" : "picture"} is below each.` : "";
  return {
    title: nameOf(scores),
    content: pictureRow({
      caption: html`${place.width}x${place.height} px from column ${place.left}, row ${place.top}, at 100 %.${about}`,
      fullSize: true,
      pictures: views.map(({ label, scores: own, picture }) => ({
        ...picture,
        label,
        note: noteOf(label, metric && own ? `${formatNumber({ value: own[metric] ?? null, digits })} ${unit}` : ""),
      })),
    }),
  };
}

const noteOf = (label: string, score: string): string =>
  label === "Uncertainty" ? `standard deviation of the samples; white: ${UNCERTAINTY_WHITE_LEVELS} levels` : score;

const SIGMAS = Array.from({ length: 16 }, (_, i) => 0.25 * i);

function calibrationSection(calibration: Calibration, samples: number): ReportSection {
  const share = (value: number) => `${(100 * value).toFixed(1)} %`;
  return {
    title: "Calibration of the uncertainty",
    content: html`<p>${share(calibration.within(1))} of the errors lie within one standard deviation of the mean of ${samples} samples, and
${share(calibration.within(2))} within two. An exact sampler with Gaussian errors would have ${share(exactShare(1, samples))} and
${share(exactShare(2, samples))}, because ${samples} samples give their deviation only roughly. The deviations would have to be
${calibration.factor().toFixed(2)} times as large for one of them to cover ${share(ONE_SIGMA_SHARE)}.</p>
${linePlot({
  title: "Share of errors within a number of standard deviations",
  x: { label: "standard deviations" },
  y: { label: "share of errors", domain: [0, 1], format: ".0%" },
  series: [
    { name: "measured", points: SIGMAS.map((x) => ({ x, y: x === 0 ? 0 : calibration.within(x) })) },
    { name: "exact sampler", points: SIGMAS.map((x) => ({ x, y: exactShare(x, samples) })) },
  ],
})}`,
  };
}
