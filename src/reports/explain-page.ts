/**
 * @file The page of `unblur explain`: one restoration, its steps, and an explanation of its numbers. docs/explain.md is
 * its guide.
 */
import type { NoiseProcess } from "../diffusion/process.js";
import { formatNumber } from "../evaluation/number-text.js";
import { emergenceOf, predictedCoherence } from "../insight/emergence.js";
import { snrCurve } from "../insight/snr.js";
import { BANDS, type RadialPoint } from "../insight/spectrum.js";
import { CHANGE_GAIN, type StepRecord, type Trajectory } from "../insight/trajectory.js";
import { type Html, html } from "./html.js";
import { type Provenance, type ReportSection, reportPage } from "./page.js";
import { pictureRow } from "./pictures.js";
import { linePlot, plotGrid } from "./plot.js";
import { SCRUB_SCRIPT } from "./scrub-script.js";
import { comparison, type NamedPicture, scrubber } from "./scrubber.js";
import { reportTable } from "./table.js";

export interface ExplainedPicture extends NamedPicture {
  /** Relative to the sharp photo. */
  readonly psnr: number | null;
  readonly spectrum: readonly RadialPoint[];
}

export interface ExplainedStep {
  readonly record: StepRecord;
  readonly xt: NamedPicture;
  readonly estimate: NamedPicture;
  readonly change: NamedPicture;
  readonly spectrum: readonly RadialPoint[];
}

export interface AttentionView {
  readonly caption: string;
  readonly pictures: readonly NamedPicture[];
}

export interface Explanation {
  readonly photo: string;
  readonly model: string;
  readonly notes: readonly string[];
  /** Blurry photo, prediction if any, result, sharp photo if known. */
  readonly pictures: readonly ExplainedPicture[];
  readonly steps: readonly ExplainedStep[];
  /** Null for a prediction alone. */
  readonly trajectory: Trajectory | null;
  readonly process: NoiseProcess | null;
  readonly hasSharp: boolean;
  readonly attention: readonly AttentionView[];
  readonly provenance: Provenance;
}

/** Steps are whole, so few of them get a tick each. */
const MAX_TICKS = 12;
const stepAxis = ({ length }: readonly StepRecord[]) => ({
  label: "step",
  ...(length <= MAX_TICKS ? { ticks: Array.from({ length }, (_, i) => i + 1), format: "d" } : {}),
});

const db = (value: number | null): string => (value === null ? "" : `${formatNumber({ value, digits: 2 })} dB`);

export function explainPage(explanation: Explanation): string {
  const { photo, model, notes, trajectory, provenance } = explanation;
  const sections: (ReportSection | null)[] = [
    { title: "Photo and result", content: result(explanation) },
    trajectory && { title: "Step by step", content: steps(explanation, trajectory) },
    { title: "Compare any two", content: compare(explanation) },
    trajectory && { title: "Signal, noise and error", content: curves(explanation, trajectory) },
    trajectory && { title: "Which detail appears when", content: bands(explanation, trajectory) },
    { title: "Spectra", content: spectra(explanation) },
    explanation.attention.length > 0 ? { title: "Attention", content: attention(explanation) } : null,
  ];
  return reportPage({
    title: `Inside the restoration of ${photo}`,
    lead: trajectory
      ? `Model "${model}" in ${trajectory.steps.length} diffusion steps: the input, the estimate and the change of each.`
      : `Model "${model}" by its prediction alone, in one pass without steps.`,
    notes,
    sections: sections.filter((section) => section !== null),
    provenance,
    scripts: [SCRUB_SCRIPT],
  });
}

const result = ({ pictures }: Explanation): Html =>
  pictureRow({
    caption: pictures.some(({ psnr }) => psnr !== null) ? "PSNR is relative to the sharp photo." : null,
    leastPx: 240,
    pictures: pictures.map(({ name, picture, psnr }) => ({ ...picture, label: name, note: db(psnr) })),
  });

function steps({ steps: shown }: Explanation, { steps: all, base }: Trajectory): Html {
  const captions = shown.map(({ record: { index, snrDb, psnr, change } }) =>
    [
      `Step ${index + 1} of ${all.length}`,
      `signal over noise ${formatNumber({ value: snrDb, digits: 1, signed: true })} dB`,
      `changed by ${change.toFixed(2)} levels of 255`,
      ...(psnr === null ? [] : [`PSNR ${psnr.toFixed(2)} dB`]),
    ].join(" · "),
  );
  const note = base
    ? "Input of the network: noise around the residual (the prediction's error), mid grey where it is zero."
    : "Input of the network: the image plus noise.";
  return scrubber({
    caption:
      shown.length < all.length
        ? `${shown.length} of ${all.length} steps have pictures, more where the share of signal changes faster. The arrow keys move the slider, too.`
        : "The arrow keys move the slider, too.",
    captions,
    parts: [
      { label: "x_t", note: note, pictures: shown.map(({ xt }) => xt) },
      {
        label: "Estimate of x_0",
        note: "The network's estimate of the sharp image.",
        pictures: shown.map(({ estimate }) => estimate),
      },
      {
        label: "Change",
        note: `Change since the step before, amplified ${CHANGE_GAIN} times around mid grey; for the first step, since the ${base ? "prediction" : "blurry photo"}.`,
        pictures: shown.map(({ change }) => change),
      },
    ],
  });
}

/**
 * The pictures of the first section have no id on the page, so the comparison adds its own copies of the two it starts
 * with.
 */
function compare({ pictures, steps: shown }: Explanation): Html {
  const all = [...pictures, ...shown.flatMap(({ xt, estimate, change }) => [estimate, xt, change])];
  const keep = pictures.map(
    ({ id, picture }) => html`<img id="${id}" src="${picture.src}" alt="${picture.alt}" hidden>`,
  );
  const restored = pictures.find(({ id }) => id === "restored") ?? pictures.at(-1)!;
  return html`<p>Choose two pictures; move the slider to wipe from one to the other, or set them side by side.</p>
${comparison(all, pictures[0]!, restored)}<div hidden>${keep}</div>`;
}

function curves({ process, hasSharp }: Explanation, { steps: all }: Trajectory): Html {
  const curve = process ? snrCurve(process, 2000) : [];
  const nearest = (snr: number) =>
    curve.reduce((a, b) => (Math.abs(b.snrDb - snr) < Math.abs(a.snrDb - snr) ? b : a), curve[0]!);
  const visited = all.filter(({ snrDb }) => Number.isFinite(snrDb));
  const x = stepAxis(all);
  const perStep = (value: (step: StepRecord) => number | null) =>
    all.map((step) => ({ x: step.index + 1, y: value(step) ?? Number.NaN }));
  const plots = [
    ...(curve.length > 0
      ? [
          linePlot({
            title: "The schedule",
            caption: "In closed form, before any network has run. Sampling goes from left (noise) to right.",
            x: { label: "t", reverse: true },
            y: { label: "signal over noise, dB" },
            references: [{ axis: "y", at: 0, label: "as much noise as signal" }],
            series: [
              { name: "schedule", points: curve.map(({ t, snrDb }) => ({ x: t, y: snrDb })) },
              {
                name: "steps taken",
                dots: true,
                points: visited.map(({ snrDb }) => ({ x: nearest(snrDb).t, y: snrDb })),
              },
            ],
          }),
        ]
      : []),
    ...(hasSharp
      ? [
          linePlot({
            title: "Error of the estimate",
            caption:
              "A diffusion draws one restoration out of many: towards the end PSNR may fall while detail appears. An exact draw has a PSNR 3 dB below that of the mean of all draws.",
            x,
            y: { label: "PSNR, dB" },
            series: [{ name: "estimate of x_0", points: perStep(({ psnr }) => psnr) }],
          }),
        ]
      : []),
    linePlot({
      title: "Change from step to step",
      caption: "Root mean square over the whole picture.",
      x,
      y: { label: "levels of 255" },
      series: [{ name: "change", points: perStep(({ change }) => change) }],
    }),
  ];
  return plotGrid(plots);
}

/** A band with less than this share of the strongest band's power is left out: nothing of it diffuses. */
const MIN_POWER = 1e-3;

function bands({ hasSharp }: Explanation, { steps, imageBands, base, finePx }: Trajectory): Html {
  const what = base ? `residual${finePx === null ? "" : `'s fine detail`}` : "image";
  const of = `${hasSharp ? "the true" : "the final"} ${what}`;
  const strongest = Math.max(...imageBands.filter((power) => power > 0));
  const present = BANDS.map(({ label }, band) => ({ label, band, power: imageBands[band] ?? Number.NaN })).filter(
    ({ power }) => power > MIN_POWER * strongest,
  );
  const all = steps.flatMap(({ coherences, ...step }) => (coherences ? [{ ...step, coherences }] : []));
  const levels = all.map(({ level }) => level);
  const name = (at: number | null) => (at === null ? "never" : String(all[at]!.index + 1));
  const found = present.map(({ label, band, power }) => ({
    label,
    power,
    coherences: all.map(({ coherences }) => coherences[band]!),
    amount: all.at(-1)!.estimateBands[band]! / power,
    ...emergenceOf(
      power,
      levels,
      all.map(({ coherences }) => coherences[band]!),
    ),
  }));
  const percent = (value: number) => `${Math.round(100 * value)} %`;
  const table = reportTable({
    caption: `Predicted: the step at which the power of ${of} in the band exceeds the noise. Measured: the step from which the estimate's coherence with ${of} is at least half. Coherence is 1 for the same detail in the same places and near 0 for noise. Amount: power of the last estimate, relative to ${of}.`,
    columns: [
      { label: "Details of" },
      { label: "predicted step", number: true },
      { label: "measured step", number: true },
      { label: "last coherence", number: true },
      { label: "amount", number: true },
    ],
    rows: found.map(({ label, predicted, measured, coherences, amount }) => ({
      cells: [
        label,
        name(predicted),
        name(measured),
        formatNumber({ value: coherences.at(-1)!, digits: 2 }),
        percent(amount),
      ],
    })),
  });
  const plots = found.map(({ label, power, coherences }) =>
    linePlot({
      title: `Details of ${label}`,
      height: 200,
      x: stepAxis(all),
      y: { label: `coherence with ${of}`, domain: [0, 1] },
      references: [{ axis: "y", at: 0.5, label: "half" }],
      series: [
        { name: "of the estimate", points: all.map(({ index }, i) => ({ x: index + 1, y: coherences[i]! })) },
        {
          name: "predicted from noise alone",
          points: all.map(({ index, level }) => ({ x: index + 1, y: predictedCoherence(power, level) })),
        },
      ],
    }),
  );
  const left = BANDS.length - present.length;
  return html`<p>Noise is equally strong at every size of detail, a photo is not: coarse detail rises out of the noise first. The dashed line is the
coherence of the best estimate that knows only how strong the detail is on average. Where the measured line is above, the network knew more: from
the blurry photo, or from what it learned. Where it stays below, detail is missing or in other places.</p>${
    finePx === null
      ? null
      : html`<p>This model draws only detail finer than ${finePx} px around its prediction${left > 0 ? `; the ${left} coarser sizes do not diffuse and are left out` : ""}. The table
measures that fine detail alone, not the whole picture.${
          hasSharp && found.every(({ measured }) => measured === null)
            ? ' "Never" means that the drawn texture is not in the places of the true one: it is made up, as far as the photo does not show it.'
            : null
        }</p>`
  }${table}${plotGrid(plots)}`;
}

function spectra({ pictures, steps: shown }: Explanation): Html {
  const line = (name: string, points: readonly RadialPoint[]) => ({
    name,
    points: points.map(({ frequency, power }) => ({ x: frequency, y: power > 0 ? power : Number.NaN })),
  });
  const middle = shown[Math.floor(shown.length / 2)];
  return linePlot({
    title: "Power spectrum",
    caption:
      "Averaged over directions, in the middle of the picture. Blur removes power on the right; noise is a flat line.",
    x: {
      label: "cycles per pixel",
      scale: "log",
      ticks: [1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2],
      format: ".2~g",
    },
    y: { label: "power", scale: "log", format: "~e" },
    height: 340,
    series: [
      ...pictures.map(({ name, spectrum }) => line(name, spectrum)),
      ...(middle && shown.length > 2 ? [line(`estimate at step ${middle.record.index + 1}`, middle.spectrum)] : []),
    ],
  });
}

const attention = ({ attention: views }: Explanation): Html =>
  html`<p>Where the network looks to fill in one position, at each of its resolutions. Orange adds, blue subtracts (only linear attention can); the
strongest weight has full colour, weaker ones are brightened; the position is white.</p>${views.map(
    ({ caption, pictures }) =>
      pictureRow({
        caption,
        leastPx: 240,
        pictures: pictures.map(({ name, picture }) => ({ ...picture, label: name })),
      }),
  )}`;
