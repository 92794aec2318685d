/**
 * @file One metric of all shown runs over the axis: smoothed lines with the logged values behind them. Dragging zooms
 * in, a double click shows all.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import type { Curve } from "../contract.js";
import { smooth } from "./smooth.js";
import { tick } from "./tick.js";
import { AXIS_NAMES, AXIS_SCALE, type View } from "./view.js";

/** Titles of metrics by their name in the log. */
const TITLES: Readonly<Record<string, string>> = {
  gradNorm: "gradient norm",
  contentLoss: "content loss",
  adversarialLoss: "adversarial loss",
  discriminatorLoss: "discriminators' loss",
  discriminatorGradNorm: "discriminators' gradient norm",
  learningRate: "learning rate",
  imagesPerSecond: "images per second",
};
/** Metrics that follow a rule: smoothed, they would show values that never were. */
const NEVER_SMOOTHED = ["learningRate"];
/** Metrics without a logarithmic scale: a falling rate ends at 0, which has no logarithm. */
const NEVER_LOGARITHMIC = ["learningRate", "imagesPerSecond"];

const load = (run: string, metric: string, { source, axis, range }: View): Promise<Curve> => {
  const scale = AXIS_SCALE[axis.value];
  const [from, to] = range.value ?? [];
  return source.curve({
    ...{ run, metric, axis: axis.value },
    ...(from === undefined ? {} : { from: from * scale }),
    ...(to === undefined ? {} : { to: to * scale }),
  });
};

const HEIGHT = 240;
const fade = (colour: string) => `${colour}44`;

/** Merges the curves of several runs onto one axis. */
function joined(curves: readonly Curve[], scale: number, past: number): uPlot.AlignedData {
  const tables = curves.map(
    ({ x, mean }): uPlot.AlignedData => [x.map((value) => value / scale), mean.slice(), smooth(mean, past)],
  );
  if (tables.length === 0) return [[]];
  return tables.length === 1 ? tables[0]! : uPlot.join(tables);
}

function optionsOf(view: View, metric: string, names: readonly string[], width: number): uPlot.Options {
  const { axis, logarithmic, range, colourOf } = view;
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--quiet");
  const grid = { stroke: style.getPropertyValue("--edge"), width: 1 };
  const number = (_: uPlot, value: number | null) =>
    value === null || value === undefined ? "" : value.toPrecision(4);
  return {
    ...{ title: TITLES[metric] ?? metric, width, height: HEIGHT },
    cursor: { sync: { key: "runs" }, drag: { x: true, y: false, setScale: false } },
    scales: { x: { time: false }, y: { distr: logarithmic.value && !NEVER_LOGARITHMIC.includes(metric) ? 3 : 1 } },
    axes: [
      { label: AXIS_NAMES[axis.value], stroke: ink, grid, ticks: grid },
      { stroke: ink, grid, ticks: grid, size: 62, values: (_, ticks) => ticks.map(tick) },
    ],
    series: [
      { label: AXIS_NAMES[axis.value], value: number },
      ...names.flatMap((name): uPlot.Series[] => [
        {
          label: `${name}, as logged`,
          stroke: fade(colourOf(name)),
          width: 1,
          spanGaps: true,
          points: { show: false },
          value: number,
        },
        { label: name, stroke: colourOf(name), width: 2, spanGaps: true, points: { show: false }, value: number },
      ]),
    ],
    legend: { live: true },
    hooks: {
      setSelect: [
        (plot) => {
          const { left, width: selected } = plot.select;
          if (selected < 3) return;
          range.value = [plot.posToVal(left, "x"), plot.posToVal(left + selected, "x")];
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

export function Chart({ view, metric }: { readonly view: View; readonly metric: string }) {
  const place = useRef<HTMLDivElement>(null);
  const [curves, setCurves] = useState<{ readonly names: readonly string[]; readonly curves: readonly Curve[] } | null>(
    null,
  );
  const names = view.shown.value.map(({ name }) => name);
  const { axis, range, news, smoothing, logarithmic } = view;

  useEffect(() => {
    let wanted = true;
    Promise.all(names.map((name) => load(name, metric, view))).then(
      (loaded) => wanted && setCurves({ names, curves: loaded }),
      (error: Error) => {
        if (wanted) view.problem.value = error.message;
      },
    );
    return () => {
      wanted = false;
    };
  }, [names.join(), axis.value, range.value, news.value, metric]);

  useEffect(() => {
    const element = place.current;
    if (!element || !curves) return;
    const past = NEVER_SMOOTHED.includes(metric) ? 0 : smoothing.value;
    const data = joined(curves.curves, AXIS_SCALE[axis.value], past);
    const plot = new uPlot(optionsOf(view, metric, curves.names, element.clientWidth), data, element);
    plot.over.setAttribute("aria-hidden", "true");
    const fit = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    fit.observe(element);
    const all = () => {
      range.value = null;
    };
    plot.over.addEventListener("dblclick", all);
    return () => {
      fit.disconnect();
      plot.destroy();
    };
  }, [curves, smoothing.value, logarithmic.value]);

  return (
    <figure class="chart" aria-label={`${TITLES[metric] ?? metric} over ${AXIS_NAMES[axis.value]}`}>
      <div ref={place} />
    </figure>
  );
}
