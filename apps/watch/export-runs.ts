/** @file Exports runs as one HTML file: facts, curves at screen resolution, sample pictures small enough to send. */
import sharp from "sharp";
import { writeFileAtomically } from "../../platform/node/files/atomic-file.js";
import type { ExportedRuns, RunFacts } from "./contract.js";
import { exportedPage } from "./page-file.js";
import { AXES, type Axis } from "./watched-metrics.js";
import type { WatchedRun } from "./watched-run.js";

export const CURVE_POINTS = 1000;
/** Number of sample pictures, spread evenly over the run and including the last. */
const PICTURES = 24;
const [PICTURE_PX, QUALITY] = [1000, 80];

const byAxis = <T>(value: (axis: Axis) => T): Readonly<Record<Axis, T>> => {
  const [step, imagesSeen, elapsedMs] = AXES.map(value) as [T, T, T];
  return { step, imagesSeen, elapsedMs };
};

function evenly<T>(list: readonly T[], count: number): T[] {
  if (list.length <= count) return [...list];
  return Array.from({ length: count }, (_, i) => list[Math.round((i * (list.length - 1)) / (count - 1))]!);
}

async function asData(path: string): Promise<string> {
  const bytes = await sharp(path)
    .resize({ width: PICTURE_PX, height: PICTURE_PX, fit: "inside", withoutEnlargement: true })
    .webp({ quality: QUALITY })
    .toBuffer();
  return `data:image/webp;base64,${bytes.toString("base64")}`;
}

async function embedded(run: WatchedRun): Promise<RunFacts> {
  const facts = run.facts((picture) => picture);
  const samples = evenly(facts.samples, PICTURES).map(async (sample) => ({
    ...sample,
    url: await asData(run.samplePath(sample.url)),
  }));
  return { ...facts, samples: await Promise.all(samples) };
}

/** Throws `file`, and writes nothing, if the file cannot be written. */
export async function exportRuns(runs: readonly WatchedRun[], path: string): Promise<void> {
  const curvesOf = ({ metrics }: WatchedRun) =>
    Object.fromEntries(
      metrics.names.map((name) => [name, byAxis((axis) => metrics.curve(name, { axis, points: CURVE_POINTS }))]),
    );
  const exported = {
    at: new Date().toISOString(),
    runs: await Promise.all(runs.map(embedded)),
    curves: Object.fromEntries(runs.map((run) => [run.name, curvesOf(run)])),
  } satisfies ExportedRuns;
  await writeFileAtomically(path, new TextEncoder().encode(exportedPage(exported)));
}
