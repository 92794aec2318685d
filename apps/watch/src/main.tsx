/** @file The page of `unblur watch`: run list, controls, curves, pictures, settings. */
import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import "./style.css";
import type { Axis } from "../contract.js";
import { Chart } from "./chart.js";
import { Configs } from "./configs.js";
import { RunList } from "./run-list.js";
import { Samples } from "./samples.js";
import { openSource } from "./source.js";
import { AXIS_NAMES, createView, type View } from "./view.js";

function Choices({ view }: { readonly view: View }) {
  const { axis, smoothing, logarithmic, range } = view;
  return (
    <form class="choices" onSubmit={(event) => event.preventDefault()}>
      <label>
        over{" "}
        <select
          value={axis.value}
          onChange={({ currentTarget }) => {
            axis.value = currentTarget.value as Axis;
            range.value = null;
          }}
        >
          {Object.entries(AXIS_NAMES).map(([name, words]) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <label>
        smoothing{" "}
        <input
          type="range"
          min={0}
          max={0.99}
          step={0.01}
          value={smoothing.value}
          onInput={({ currentTarget }) => {
            smoothing.value = currentTarget.valueAsNumber;
          }}
        />{" "}
        {smoothing.value.toFixed(2)}
      </label>
      <label>
        <input
          type="checkbox"
          checked={logarithmic.value}
          onChange={({ currentTarget }) => {
            logarithmic.value = currentTarget.checked;
          }}
        />{" "}
        logarithmic
      </label>
      <button
        type="button"
        disabled={range.value === null}
        onClick={() => {
          range.value = null;
        }}
      >
        Whole runs
      </button>
      <span class="quiet">Drag across a curve to zoom in.</span>
    </form>
  );
}

function State({ view: { source, problem, connected } }: { readonly view: View }) {
  if (source.exportedAt) return <p class="quiet">As of {new Date(source.exportedAt).toLocaleString()}.</p>;
  if (!connected.value)
    return <p class="quiet">The program that served this page has ended; the page shows its last data.</p>;
  return <p class="quiet">{problem.value ?? "New data appears automatically."}</p>;
}

function App({ view }: { readonly view: View }) {
  return (
    <>
      <header>
        <h1>Training</h1>
        <div role="status">
          <State view={view} />
        </div>
      </header>
      <main>
        <RunList view={view} />
        <Choices view={view} />
        <div class="charts">
          {view.metrics.value.map((metric) => (
            <Chart key={metric} view={view} metric={metric} />
          ))}
        </div>
        {view.shown.value.map((run) => (
          <Samples key={run.name} run={run} />
        ))}
        <Configs view={view} />
      </main>
    </>
  );
}

render(<App view={createView(openSource())} />, document.querySelector("#app")!);
