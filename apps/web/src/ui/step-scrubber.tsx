/** @file The steps of the diffusion: the noisy picture, the estimate of the sharp one, and what changed. */
import { useEffect, useState } from "preact/hooks";
import type { StepPictures } from "../../../../platform/browser/deblurrer.js";
import { Bitmap } from "./bitmap.js";

/** If reduced motion is requested, pictures change slowly instead of playing as a film. */
const frameMs = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? 2000 : 500);

export function StepScrubber({ steps }: { readonly steps: readonly StepPictures[] }) {
  const [at, setAt] = useState(steps.length - 1);
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(() => setAt((step) => (step + 1) % steps.length), frameMs());
    return () => clearInterval(timer);
  }, [playing, steps.length]);
  const step = steps[Math.min(at, steps.length - 1)];
  if (!step) return null;
  return (
    <section aria-label="Step by step" class="steps">
      <h2>Step by step</h2>
      <div class="tools">
        <button type="button" aria-pressed={playing} onClick={() => setPlaying(!playing)}>
          {playing ? "Stop" : "Play"}
        </button>
        <label>
          <span>{step.label}</span>
          <input
            type="range"
            min="0"
            max={steps.length - 1}
            value={at}
            aria-label="Step"
            aria-valuetext={step.label}
            onInput={({ currentTarget }) => {
              setPlaying(false);
              setAt(Number(currentTarget.value));
            }}
          />
        </label>
      </div>
      <div class="row">
        <figure>
          <Bitmap picture={step.noisy} label={`Noisy picture at ${step.label}`} />
          <figcaption>Noisy picture</figcaption>
        </figure>
        <figure>
          <Bitmap picture={step.estimate} label={`Estimate at ${step.label}`} />
          <figcaption>Estimate</figcaption>
        </figure>
        {step.change ? (
          <figure>
            <Bitmap picture={step.change} label={`Change at ${step.label}`} />
            <figcaption>Change</figcaption>
          </figure>
        ) : null}
      </div>
    </section>
  );
}
