/** @file List of all runs with their progress; a checkbox shows a run in the charts. */
import { duration } from "../../../src/base/duration.js";
import type { RunFacts } from "../contract.js";
import type { View } from "./view.js";

const STATES: Readonly<Record<RunFacts["state"], string>> = {
  training: "training",
  stopped: "stopped",
  finished: "finished",
};
const count = (value: number) => value.toLocaleString("en");

function Row({ run, view }: { readonly run: RunFacts; readonly view: View }) {
  const is = view.shown.value.some(({ name }) => name === run.name);
  return (
    <tr>
      <th scope="row">
        <label>
          <input type="checkbox" checked={is} onChange={() => view.toggle(run.name)} />
          <span class="key" style={{ background: view.colourOf(run.name) }} />
          {run.name}
        </label>
      </th>
      <td class={run.state}>{STATES[run.state]}</td>
      <td>
        {count(run.step)}
        {run.steps === null ? "" : ` of ${count(run.steps)}`}
        {run.steps === null ? null : <progress value={run.step} max={run.steps} aria-label={`steps of ${run.name}`} />}
      </td>
      <td>{run.loss === null ? "" : run.loss.toPrecision(4)}</td>
      <td>{count(run.imagesSeen)}</td>
      <td>{run.imagesPerSecond ?? ""}</td>
      <td>{duration(run.elapsedMs)}</td>
      <td>{run.msLeft === null ? "" : duration(run.msLeft)}</td>
    </tr>
  );
}

export function RunList({ view }: { readonly view: View }) {
  return (
    <section class="wide" aria-label="Runs">
      <table>
        <thead>
          <tr>
            {["run", "state", "step", "loss, last 100", "images", "images/s", "trained for", "left"].map((title) => (
              <th scope="col" key={title}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {view.runs.value.map((run) => (
            <Row key={run.name} run={run} view={view} />
          ))}
        </tbody>
      </table>
    </section>
  );
}
