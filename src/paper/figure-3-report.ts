/** @file Report of Figure 3: the strip of steps, curves, and the step at which each size of detail appears. */
import { createProcess } from "../diffusion/process.js";
import { formatNumber } from "../evaluation/number-text.js";
import { type Emergence, emergenceOf, predictedCoherence } from "../insight/emergence.js";
import { snrCurve } from "../insight/snr.js";
import { BANDS } from "../insight/spectrum.js";
import { html } from "../reports/html.js";
import { pictureRow, pictureStrip } from "../reports/pictures.js";
import { linePlot, type Point, plotGrid } from "../reports/plot.js";
import { type Cell, reportTable } from "../reports/table.js";
import type { PlannedRun, ReportContent, TrajectoryTask } from "./plan.js";
import { reducedNotes, trainingTable } from "./report-parts.js";
import type { Results, TrajectoryResult } from "./results.js";
import type { Scale } from "./scale.js";

export interface Figure3 {
  readonly scale: Scale;
  readonly run: PlannedRun;
  readonly tasks: readonly TrajectoryTask[];
}

/** Signal-to-noise ratio below which noise hides the picture: the start of the paper's cleanest 400 steps. */
const HIDDEN_DB = -8;
/** The schedules start at -220 dB and lower; an axis to there would flatten the rest. */
const MIN_SNR_DB = -80;

/** Axis of a power relative to the truth's. */
const SHOWN_DB = [-30, 10] as const;

/** SNR in dB; null outside the axis, where a continued line would look like a plateau. */
function shownDb(value: number | null | undefined, power: number): number | null {
  if (!finite(value) || value <= 0) return null;
  const dB = 10 * Math.log10(value / power);
  return dB >= SHOWN_DB[0] && dB <= SHOWN_DB[1] ? dB : null;
}

const finite = (value: number | null | undefined): value is number =>
  typeof value === "number" && Number.isFinite(value);

export function figure3Report({ scale, run, tasks }: Figure3, results: Results): ReportContent {
  const found = tasks.map((task) => results.of(task));
  const curve = snrCurve(createProcess(run.config.model.diffusion!.schedule), 2000);
  const hidden = curve.filter(({ snrDb }) => snrDb < HIDDEN_DB).length / curve.length;
  const percent = `${Math.round(100 * hidden)} %`;
  return {
    lead: `By the schedule alone, in closed form, ${percent} of its steps lie below ${HIDDEN_DB} dB, where x_t looks like noise for any network. ${found.map(whenShown).join(" ")}`,
    notes: reducedNotes(scale),
    sections: [
      ...found.map((result, i) => ({ title: `Picture ${i + 1}`, content: picture(result) })),
      { title: "Training", content: trainingTable([run], results) },
    ],
    records: found.flatMap(records),
  };
}

/** Describes when the estimate is better than the photo, if it ever is. */
function whenShown({ steps, inputPsnr, name }: TrajectoryResult): string {
  const total = steps.length;
  const [first, best] = [steps[0]!, [...steps].sort((a, b) => (b.psnr ?? 0) - (a.psnr ?? 0))[0]!];
  const dB = (value: number | null) => `${formatNumber({ value, digits: 1 })} dB`;
  return `${name}: the first estimate, computed from noise and the photo, has ${dB(first.psnr)}; the best has ${dB(best.psnr)} (step ${best.index + 1} of ${total}), the last ${dB(steps.at(-1)!.psnr)}, and the photo ${dB(inputPsnr)}.`;
}

interface BandEmergence extends Emergence {
  readonly label: string;
  readonly power: number;
}

/** Emergence in the bands that the crop is large enough for. */
const bandsOf = ({ imageBands, steps }: TrajectoryResult): BandEmergence[] =>
  BANDS.flatMap(({ label }, band) => {
    const power = imageBands[band];
    if (!finite(power)) return [];
    const levels = steps.map(({ level }) => level);
    return [
      {
        label,
        power,
        ...emergenceOf(
          power,
          levels,
          steps.map(({ coherences }) => coherences?.[band] ?? 0),
        ),
      },
    ];
  });

function picture(result: TrajectoryResult) {
  const { name, kept, steps, input, truth, inputPsnr } = result;
  // A space that does not break: a narrow column breaks before the parenthesis.
  const stepLabel = (index: number) =>
    `${index + 1} (${formatNumber({ value: steps[index]!.snrDb, digits: 0 })}\u00a0dB)`;
  return html`${pictureStrip({
    caption: `${name}: steps of ${steps.length} from noise to clean, with the signal-to-noise ratio of x_t. The change of the estimate since the previous step is amplified four times and shown around grey.`,
    columns: kept.map(({ index }) => stepLabel(index)),
    rows: [
      { label: "x_t", pictures: kept.map(({ xt }) => xt) },
      { label: "estimate of x_0", pictures: kept.map(({ estimate }) => estimate) },
      { label: "its change", pictures: kept.map(({ change }) => change) },
    ],
  })}
${plots(result)}
${emergenceTable(result)}
${pictureRow({
  caption: "Input and truth of the crop.",
  pictures: [
    { ...input, label: "Input", note: `${formatNumber({ value: inputPsnr, digits: 2 })} dB` },
    { ...truth, label: "Truth" },
    {
      ...kept.at(-1)!.estimate,
      label: "Last estimate",
      note: `${formatNumber({ value: steps.at(-1)!.psnr, digits: 2 })} dB`,
    },
  ],
})}`;
}

function plots(result: TrajectoryResult) {
  const { steps, inputPsnr } = result;
  const x = { label: "step, from noise to clean" };
  const points = (value: (step: (typeof steps)[number]) => number | null): Point[] =>
    steps.map((step) => ({ x: step.index + 1, y: value(step) ?? Number.NaN })); // NaN interrupts the line
  const bands = bandsOf(result);
  const bandIndex = (label: string) => BANDS.findIndex((band) => band.label === label);
  return plotGrid([
    linePlot({
      title: "Signal-to-noise ratio of x_t",
      caption: `Determined by the schedule, without a network. Below ${MIN_SNR_DB} dB the line is left out.`,
      x,
      y: { label: "dB" },
      series: [{ name: "SNR", points: points(({ snrDb }) => (snrDb >= MIN_SNR_DB ? snrDb : null)) }],
      references: [{ axis: "y", at: HIDDEN_DB, label: `${HIDDEN_DB} dB` }],
    }),
    linePlot({
      title: "PSNR of the estimate",
      x,
      y: { label: "dB" },
      series: [{ name: "estimate of x_0", points: points(({ psnr }) => psnr) }],
      references: [{ axis: "y", at: inputPsnr, label: "blurry input" }],
    }),
    linePlot({
      title: "Change of the estimate per step",
      x,
      y: { label: "levels of 255, root mean square", scale: "log" },
      series: [{ name: "change", points: points(({ index, change }) => (index === 0 || change <= 0 ? null : change)) }],
    }),
    linePlot({
      title: "Coherence with the truth by size of detail",
      caption:
        "1: the truth's detail in the truth's places; near 0: noise, or detail of another picture. Bands are named by wavelength in pixels.",
      x,
      y: { label: "coherence", domain: [0, 1] },
      series: bands.map(({ label }) => ({
        name: label,
        points: points(({ coherences }) => coherences?.[bandIndex(label)] ?? null),
      })),
    }),
    linePlot({
      title: "What the schedule alone predicts",
      caption: "Coherence of the best estimate that knows only the picture's spectrum (Wiener filter).",
      x,
      y: { label: "coherence", domain: [0, 1] },
      series: bands.map(({ label, power }) => ({
        name: label,
        points: points(({ level }) => predictedCoherence(power, level)),
      })),
    }),
    linePlot({
      title: "Power of the estimate by size of detail",
      caption:
        "How much detail there is, right or wrong: noise counts, too. 0 dB is the power of the truth. The line ends where the power leaves the plot.",
      x,
      y: { label: "dB relative to the truth's power", domain: [...SHOWN_DB] },
      series: bands.map(({ label, power }) => ({
        name: label,
        points: points(({ estimateBands }) => shownDb(estimateBands[bandIndex(label)], power)),
      })),
    }),
  ]);
}

function emergenceTable(result: TrajectoryResult) {
  const { steps } = result;
  const place = (index: number | null): Cell =>
    index === null ? "never" : `${index + 1} (${formatNumber({ value: steps[index]!.snrDb, digits: 0 })} dB)`;
  const bands = bandsOf(result);
  const earlier = bands.filter(
    ({ predicted, measured }) => measured !== null && (predicted === null || measured < predicted),
  );
  return html`${reportTable({
    caption:
      "First step from which the coherence with the truth is at least half. Predicted: the step where the band's own signal-to-noise ratio passes 0 dB, which gives the same coherence.",
    columns: [
      { label: "Detail" },
      { label: "Predicted by the schedule", number: true },
      { label: "In the estimate", number: true },
    ],
    rows: bands.map(({ label, predicted, measured }) => ({
      cells: [`waves of ${label}`, place(predicted), place(measured)],
    })),
  })}
<p>${
    earlier.length === 0
      ? "No size of detail appears before the noise level admits it: the order of the steps reflects the schedule."
      : `Detail of ${earlier.map(({ label }) => label).join(", ")} appears before the noise level admits it: x_t does not show it yet, so the network takes it from the blurry photo or has learned it. Coherence measures where detail is, not how strong.`
  }</p>`;
}

function records({ name, steps }: TrajectoryResult): ReportContent["records"] {
  return steps.map(({ index, level, snrDb, change, psnr, noisyBands, estimateBands, coherences }) => ({
    ...{ picture: name, step: index + 1, signal: level.signal, noise: level.noise },
    ...{ snrDb: finite(snrDb) ? snrDb : null, change, psnr },
    ...Object.fromEntries(
      BANDS.flatMap(({ label }, band) => [
        [`x_t power, ${label}`, finite(noisyBands[band]) ? noisyBands[band] : null],
        [`estimate power, ${label}`, finite(estimateBands[band]) ? estimateBands[band] : null],
        [`coherence, ${label}`, finite(coherences?.[band]) ? coherences[band] : null],
      ]),
    ),
  }));
}
