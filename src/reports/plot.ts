/**
 * @file Plots as SVG text, drawn when the report is written, so that pages need no script for them and can be printed.
 * Observable Plot draws into a document that linkedom keeps in memory. Colours are variables of the page, so they
 * follow its light or dark theme.
 */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { type Content, type Html, html, raw } from "./html.js";
import { seriesColour } from "./style.js";

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Standard error of y, drawn as a vertical bar. */
  readonly error?: number | null;
}

export interface Series {
  readonly name: string;
  /** Points without finite coordinates are left out and interrupt the line. */
  readonly points: readonly Point[];
  /** Draw dots only, for measurements without an order. */
  readonly dots?: boolean;
}

export interface Axis {
  readonly label: string;
  readonly scale?: "linear" | "log";
  /** Draw from right to left. */
  readonly reverse?: boolean;
  readonly domain?: readonly [number, number];
  readonly ticks?: readonly number[];
  /** d3-format of the tick labels. */
  readonly format?: string;
}

/** A line across the plot for comparison. */
export interface Reference {
  readonly axis: "x" | "y";
  readonly at: number;
  readonly label: string;
}

export interface LinePlot {
  readonly title: string;
  readonly caption?: Content;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  readonly references?: readonly Reference[];
  readonly height?: number;
}

const WIDTH = 520;
/** Dash patterns: lines differ in more than colour. */
const DASHES = ["", "7 3", "2 3", "9 3 2 3", "12 4", "4 2", "1 2"];
const dashOf = (i: number): string => DASHES[(i + Math.floor(i / DASHES.length)) % DASHES.length]!;

const axisOptions = ({ label, scale = "linear", reverse = false, domain, ticks, format }: Axis) => ({
  label,
  type: scale,
  reverse,
  ...(domain ? { domain: [...domain], clamp: true } : {}),
  ...(ticks ? { ticks: [...ticks] } : {}),
  ...(format ? { tickFormat: format } : {}),
});

function marksOf({ points, dots = false }: Series, i: number): Plot.Markish[] {
  const colour = seriesColour(i);
  const line = { x: "x", y: "y", stroke: colour } as const;
  const sure = points.filter(({ error }) => typeof error === "number" && Number.isFinite(error));
  return [
    ...(dots ? [] : [Plot.line(points, { ...line, strokeWidth: 2, strokeDasharray: dashOf(i) })]),
    ...(dots || points.length <= 24 ? [Plot.dot(points, { ...line, fill: colour, r: 2.6 })] : []),
    Plot.ruleX(sure, {
      x: "x",
      y1: ({ y, error }: Point) => y - error!,
      y2: ({ y, error }: Point) => y + error!,
      stroke: colour,
    }),
  ];
}

function referenceMarks({ axis, at, label }: Reference): Plot.Markish[] {
  const rule = { stroke: "currentColor", strokeOpacity: 0.55, strokeDasharray: "3 3" };
  const text = { text: [label], fill: "currentColor", fillOpacity: 0.75, fontSize: 11 };
  return axis === "x"
    ? [
        Plot.ruleX([at], rule),
        Plot.text([at], { ...text, x: [at], frameAnchor: "top", textAnchor: "start", dx: 4, dy: 2 }),
      ]
    : [Plot.ruleY([at], rule), Plot.text([at], { ...text, y: [at], frameAnchor: "right", textAnchor: "end", dy: -7 })];
}

const legend = (series: readonly Series[]): Html =>
  html`<ul class="legend">${series.map(({ name, dots }, i) => {
    const mark = dots
      ? html`<circle cx="13" cy="5" r="3.5" fill="${seriesColour(i)}"/>`
      : html`<path d="M0 5H26" stroke="${seriesColour(i)}" stroke-width="2.5" stroke-dasharray="${dashOf(i)}"/>`;
    return html`<li><svg viewBox="0 0 26 10" aria-hidden="true">${mark}</svg>${name}</li>`;
  })}</ul>`;

/** Lines (or dots) over one pair of axes, with a legend, as a figure. */
export function linePlot({ title, caption = null, x, y, series, references = [], height = 300 }: LinePlot): Html {
  const { document: page } = parseHTML("<!doctype html><html><body></body></html>");
  const svg = Plot.plot({
    document: page as never, // linkedom has its own type; Plot only creates elements with it
    width: WIDTH,
    height,
    marginLeft: 56,
    marginRight: 18,
    marginBottom: 40,
    style: { fontSize: "12px" } as never,
    grid: true,
    x: axisOptions(x),
    y: axisOptions(y),
    marks: [...references.flatMap(referenceMarks), ...series.flatMap(marksOf)],
  }) as unknown as { readonly outerHTML: string };
  return html`<figure class="plot"><h3>${title}</h3>${legend(series)}
<div role="img" aria-label="${`${title}: ${y.label} against ${x.label} for ${series.map(({ name }) => name).join(", ")}`}">${raw(svg.outerHTML)}</div>
<figcaption>${caption}</figcaption></figure>`;
}

/** Plots side by side if there is room. */
export const plotGrid = (plots: readonly Html[]): Html => html`<div class="plots">${plots}</div>`;
