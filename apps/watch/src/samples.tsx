/** @file Sample pictures of a run, with a slider over its steps. */
import { useState } from "preact/hooks";
import type { RunFacts } from "../contract.js";

const RIGHT_END = Number.POSITIVE_INFINITY;

export function Samples({ run }: { readonly run: RunFacts }) {
  // A slider at its right end stays there when new pictures arrive.
  const [place, setPlace] = useState(RIGHT_END);
  const last = run.samples.length - 1;
  if (last < 0) return null;
  const at = Math.min(place, last);
  const { step, url, name } = run.samples[at]!;
  return (
    <section aria-label={`Sample pictures of ${run.name}`}>
      <h2>Samples of {run.name}</h2>
      <label class="slide">
        step {step.toLocaleString("en")}
        {name}
        <input
          type="range"
          min={0}
          max={last}
          value={at}
          aria-valuetext={`step ${step}`}
          onInput={({ currentTarget: { valueAsNumber } }) =>
            setPlace(valueAsNumber === last ? RIGHT_END : valueAsNumber)
          }
        />
      </label>
      <p class="headings">Each row, from left to right: the blurry photo, the restoration, the sharp truth.</p>
      <img src={url} alt={`Sample of ${run.name} at step ${step}`} />
    </section>
  );
}
