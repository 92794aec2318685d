/** @file Figure 3 as a report: the strip of steps, curves beside it, and when each size of detail appears. */
import { createProcess } from "../diffusion/process.js";
import { type Emergence, emergenceOf, predictedPower } from "../insight/emergence.js";
import { snrCurve } from "../insight/snr.js";
import { BANDS } from "../insight/spectrum.js";
import { html } from "../reports/html.js";
import { pictureRow, pictureStrip } from "../reports/pictures.js";
import { linePlot, type Point, plotGrid } from "../reports/plot.js";
import { type Cell, formatNumber, reportTable } from "../reports/table.js";
import type { PlannedRun, ReportContent, TrajectoryTask } from "./plan.js";
import { reducedNotes, trainingTable } from "./report-parts.js";
import type { Results, TrajectoryResult } from "./results.js";
import type { Scale } from "./scale.js";

export interface Figure3 {
  readonly scale: Scale;
  readonly run: PlannedRun;
  readonly tasks: readonly TrajectoryTask[];
}

/** Below this the picture is hidden in noise: where the paper's cleanest 400 steps begin. */
const HIDDEN_DB = -8;

const finite = (value: number | null | undefined): value is number =>
  typeof value === "number" && Number.isFinite(value);

export function figure3Report({ scale, run, tasks }: Figure3, results: Results): ReportContent {
  const found = tasks.map((task) => results.of(task));
  const curve = snrCurve(createProcess(run.config.model.diffusion!.schedule), 2000);
  const hidden = curve.filter(({ snrDb }) => snrDb < HIDDEN_DB).length / curve.length;
  const percent = `${Math.round(100 * hidden)} %`;
  return {
    lead: `The schedule alone says, in closed form, that ${percent} of its steps lie below ${HIDDEN_DB} dB: x_t looks like noise there whatever the network does. ${found.map(whenShown).join(" ")}`,
    notes: reducedNotes(scale),
    sections: [
      ...found.map((result, i) => ({ title: `Picture ${i + 1}`, content: picture(result) })),
      { title: "Training", content: trainingTable([run], results) },
    ],
    records: found.flatMap(records),
  };
}

/** When the estimate is better than the photo, if ever. */
function whenShown({ steps, inputPsnr, name }: TrajectoryResult): string {
  const total = steps.length;
  const [first, best] = [steps[0]!, [...steps].sort((a, b) => (b.psnr ?? 0) - (a.psnr ?? 0))[0]!];
  const dB = (value: number | null) => `${formatNumber({ value, digits: 1 })} dB`;
  return `${name}: the very first estimate, out of noise and the photo, has ${dB(first.psnr)}, the nearest to the truth ${dB(best.psnr)} (step ${best.index + 1} of ${total}), the last ${dB(steps.at(-1)!.psnr)}; the photo ${dB(inputPsnr)}.`;
}

interface BandEmergence extends Emergence {
  readonly label: string;
  readonly power: number;
}

/** Of the bands that the crop is large enough for. */
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
          steps.map(({ estimateBands }) => estimateBands[band] ?? 0),
        ),
      },
    ];
  });

function picture(result: TrajectoryResult) {
  const { name, kept, steps, input, truth, inputPsnr } = result;
  const stepLabel = (index: number) => `${index + 1} (${formatNumber({ value: steps[index]!.snrDb, digits: 0 })} dB)`;
  return html`${pictureStrip({
    caption: `${name}: steps of ${steps.length} from noise to clean, with the signal-to-noise ratio of x_t. The change of the estimate since the step before is shown four times as strong, around grey.`,
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
  caption: "The crop itself.",
  pictures: [
    { ...input, label: "Input", note: `${formatNumber({ value: inputPsnr, digits: 2 })} dB` },
    {
      ...kept.at(-1)!.estimate,
      label: "Last estimate",
      note: `${formatNumber({ value: steps.at(-1)!.psnr, digits: 2 })} dB`,
    },
    { ...truth, label: "Truth" },
  ],
})}`;
}

function plots(result: TrajectoryResult) {
  const { steps, inputPsnr } = result;
  const x = { label: "step, from noise to clean" };
  const points = (value: (step: (typeof steps)[number]) => number | null): Point[] =>
    steps.flatMap((step) => {
      const y = value(step);
      return finite(y) ? [{ x: step.index + 1, y }] : [];
    });
  const bands = bandsOf(result);
  const bandIndex = (label: string) => BANDS.findIndex((band) => band.label === label);
  const decibels = (power: number) => 10 * Math.log10(power);
  return plotGrid([
    linePlot({
      title: "Signal-to-noise ratio of x_t",
      caption: "Known before any network has run.",
      x,
      y: { label: "dB" },
      series: [{ name: "SNR", points: points(({ snrDb }) => Math.max(-80, snrDb)) }],
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
      title: "Change of the estimate a step",
      x,
      y: { label: "levels of 255, root mean square", scale: "log" },
      series: [{ name: "change", points: points(({ index, change }) => (index === 0 || change <= 0 ? null : change)) }],
    }),
    linePlot({
      title: "Power of the estimate by size of detail",
      caption: "Against the truth's: 0 dB has all of it. Waves so many pixels long.",
      x,
      y: { label: "dB of the truth's power", domain: [-30, 10] },
      series: bands.map(({ label, power }) => ({
        name: label,
        points: points(({ estimateBands }) => {
          const value = estimateBands[bandIndex(label)];
          return finite(value) && value > 0 ? Math.max(-30, decibels(value / power)) : null;
        }),
      })),
    }),
    linePlot({
      title: "What the schedule alone predicts",
      caption: "The power an estimate would have that knew of the picture no more than its spectrum (Wiener filter).",
      x,
      y: { label: "dB of the truth's power", domain: [-30, 10] },
      series: bands.map(({ label, power }) => ({
        name: label,
        points: points(({ level }) => Math.max(-30, decibels(predictedPower(power, level) / power))),
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
      "The step from which on half of the truth's power is there. Predicted: where the band's own signal-to-noise ratio passes 0 dB, which is all the noise level can tell.",
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
      ? "No size of detail appears before the noise level lets it through: what the steps show is the schedule."
      : `Before the noise level lets it through appears detail of ${earlier.map(({ label }) => label).join(", ")}: the network has it from the blurry photo or makes it up, for x_t does not show it yet. Power says how much there is, not whether it is right: see the PSNR beside it.`
  }</p>`;
}

function records({ name, steps }: TrajectoryResult): ReportContent["records"] {
  return steps.map(({ index, level, snrDb, change, psnr, noisyBands, estimateBands }) => ({
    ...{ picture: name, step: index + 1, signal: level.signal, noise: level.noise },
    ...{ snrDb: finite(snrDb) ? snrDb : null, change, psnr },
    ...Object.fromEntries(
      BANDS.flatMap(({ label }, band) => [
        [`x_t power, ${label}`, finite(noisyBands[band]) ? noisyBands[band] : null],
        [`estimate power, ${label}`, finite(estimateBands[band]) ? estimateBands[band] : null],
      ]),
    ),
  }));
}
