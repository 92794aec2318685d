/**
 * @file Report of a model on every frame of a test set: input, prediction, few and many steps, mean of samples, and
 * uncertainty.
 */
import { type Calibration, exactShare, ONE_SIGMA_SHARE } from "../evaluation/calibration.js";
import { METRICS, type MetricName } from "../evaluation/metrics/catalog.js";
import { gainOf, type Scores } from "../evaluation/scores.js";
import { statistic } from "../evaluation/summary.js";
import { html } from "../reports/html.js";
import type { Report } from "../reports/page.js";
import { type Picture, pictureRow } from "../reports/pictures.js";
import { linePlot } from "../reports/plot.js";
import { formatNumber, reportTable } from "../reports/table.js";
import { cell, number } from "./cells.js";

export const PROOF_METRICS = [
  "psnr",
  "ssim",
  "niqe",
  "high-frequency",
  "tone-error",
] as const satisfies readonly MetricName[];

/** One kind of restoration: a column of the table, and a picture in each row. */
export interface ProofColumn {
  readonly label: string;
  readonly scores: Scores;
  /** Tone error relative to the input instead of the truth: the tone shift that the restoration introduces. */
  readonly toneShift: number;
  /** The shown part of the picture. */
  readonly picture: Picture;
}

export interface ProofFrame {
  readonly name: string;
  /** Description of the shown part. */
  readonly place: string;
  /** The columns; the first is the input. */
  readonly columns: readonly ProofColumn[];
  readonly uncertainty: Picture | null;
  readonly truth: Picture;
}

/** Photos of another kind, measured by PSNR only. */
export interface ProofTest {
  readonly what: string;
  readonly command: string;
  /** PSNR of each photo in dB; infinite if the result equals the photo. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

export interface ModelProof {
  readonly model: string;
  readonly samples: number;
  readonly frames: readonly ProofFrame[];
  readonly calibration: Calibration | null;
  readonly tests: readonly ProofTest[];
  readonly provenance: Report["provenance"];
}

const label = (name: MetricName): string => {
  const { unit, better } = METRICS[name];
  return `${name}${unit ? `, ${unit}` : ""} (${better} is better)`;
};

const columnsOf = ({ frames }: ModelProof): readonly string[] => frames[0]!.columns.map((column) => column.label);

/** A figure that the tables show for each column. */
interface Figure {
  readonly label: string;
  readonly digits: number;
  of(column: ProofColumn): number | null | undefined;
}

const FIGURES: readonly Figure[] = [
  ...PROOF_METRICS.map((metric) => ({
    label: label(metric),
    digits: Math.min(3, METRICS[metric].digits),
    of: ({ scores }: ProofColumn) => scores[metric],
  })),
  { label: "tone shift from the photo, levels", digits: 2, of: ({ toneShift }) => toneShift },
];

const meanOf = (frames: readonly ProofFrame[], column: number, { of }: Figure) =>
  statistic(frames.flatMap(({ columns }) => of(columns[column]!) ?? []));

/** Gains in PSNR over the input, frame by frame. */
const gainsOf = (frames: readonly ProofFrame[], column: number): number[] =>
  frames.flatMap(({ columns }) => gainOf("psnr", columns[column]!.scores, columns[0]!.scores) ?? []);

function meansTable(proof: ModelProof) {
  const { frames } = proof;
  return reportTable({
    caption: `Means over ${frames.length} whole frames, 8 bits, ± standard error.`,
    columns: [{ label: "" }, ...columnsOf(proof).map((text) => ({ label: text, number: true }))],
    rows: [
      ...FIGURES.map((figure) => ({
        cells: [figure.label, ...columnsOf(proof).map((_, c) => cell(meanOf(frames, c, figure), figure.digits))],
      })),
      {
        cells: [
          "gain in PSNR, dB",
          "-",
          ...columnsOf(proof)
            .slice(1)
            .map((_, c) => cell(statistic(gainsOf(frames, c + 1)), 3, true)),
        ],
      },
      {
        cells: [
          "frames that improved",
          "-",
          ...columnsOf(proof)
            .slice(1)
            .map((_, c) => `${gainsOf(frames, c + 1).filter((gain) => gain > 0).length} of ${frames.length}`),
        ],
      },
    ],
  });
}

const frameSection = (frame: ProofFrame) => ({
  title: frame.name,
  content: pictureRow({
    caption: `${frame.place}; PSNR of the whole frame.`,
    leastPx: 256,
    pictures: [
      ...frame.columns.map(({ picture, label, scores }) => ({
        ...picture,
        label,
        note: `${formatNumber({ value: scores.psnr ?? null, digits: 2 })} dB`,
      })),
      ...(frame.uncertainty
        ? [{ ...frame.uncertainty, label: "Uncertainty", note: "standard deviation of the samples" }]
        : []),
      { ...frame.truth, label: "Truth" },
    ],
  }),
});

const SIGMAS = Array.from({ length: 16 }, (_, i) => 0.25 * i);

function calibrationSection(calibration: Calibration, samples: number) {
  const share = (value: number) => `${(100 * value).toFixed(1)} %`;
  return {
    title: "Calibration of the uncertainty",
    content: html`<p>Within one standard deviation of the mean of ${samples} samples lie ${share(calibration.within(1))} of the errors, within two
${share(calibration.within(2))}. ${samples} samples know their deviation only roughly: if they were drawn exactly, and errors were Gaussian and equal in all colours,
${share(exactShare(1, samples))} and ${share(exactShare(2, samples))} would. The deviations would have to be ${calibration.factor().toFixed(2)} times as large for one of
them to cover ${share(ONE_SIGMA_SHARE)}: multiply the map by that.</p>
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

const testsSection = (tests: readonly ProofTest[]) => ({
  title: "Other photos",
  content: reportTable({
    caption: "Mean PSNR in dB of 8-bit pictures; inf: equal to the sharp photo.",
    columns: [
      { label: "Photos" },
      { label: "before", number: true },
      { label: "after", number: true },
      { label: "least", number: true },
      { label: "improved", number: true },
      { label: "how" },
    ],
    rows: tests.map(({ what, command, before, after }) => ({
      cells: [
        what,
        cell(statistic(before), 2),
        cell(statistic(after), 2),
        { value: Math.min(...after), digits: 2 },
        before.every(Number.isFinite)
          ? `${after.filter((value, i) => value > before[i]!).length} of ${after.length}`
          : "-",
        command,
      ],
    })),
  }),
});

export const proofReport = (proof: ModelProof): Report => ({
  title: `The model "${proof.model}"`,
  lead: `${proof.frames.length} frames outside the training data, each with its sharp partner. The shown part is the one that the blur changed most. Enlarging one picture enlarges its row.`,
  sections: [
    { title: "Figures", content: meansTable(proof) },
    ...proof.frames.map(frameSection),
    ...(proof.calibration ? [calibrationSection(proof.calibration, proof.samples)] : []),
    ...(proof.tests.length > 0 ? [testsSection(proof.tests)] : []),
  ],
  provenance: proof.provenance,
});

/** The table of means for a model card. */
export function proofMarkdown(proof: ModelProof): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const columns = columnsOf(proof);
  const rest = columns.slice(1);
  return [
    line(["", ...columns]),
    line(columns.concat("").map(() => "---")),
    ...FIGURES.map((figure) =>
      line([figure.label, ...columns.map((_, c) => number(meanOf(proof.frames, c, figure), figure.digits))]),
    ),
    line(["gain in PSNR, dB", "", ...rest.map((_, c) => number(statistic(gainsOf(proof.frames, c + 1)), 3, true))]),
    line([
      "frames better",
      "",
      ...rest.map(
        (_, c) => `${gainsOf(proof.frames, c + 1).filter((gain) => gain > 0).length} of ${proof.frames.length}`,
      ),
    ]),
    "",
  ].join("\n");
}
