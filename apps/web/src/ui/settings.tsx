/** @file The choices, with the explanations the command line has. */
import { knobs } from "../../../../src/restoration/knobs.js";
import { ModelChoice } from "./model-choice.js";
import type { Session } from "./session.js";
import { hashFromChoices } from "./shared-choices.js";

const MOST_STEPS = 20;
const MOST_SAMPLES = 8;

interface SliderProps {
  readonly name: string;
  readonly help: string | undefined;
  readonly value: number;
  readonly max: number;
  readonly min?: number;
  readonly step?: number;
  readonly disabled?: boolean;
  onChange(value: number): void;
}

function Slider({ name, help, value, min = 0, max, step = 1, disabled = false, onChange }: SliderProps) {
  const id = name.toLowerCase().replaceAll(" ", "-");
  return (
    <div class="choice">
      <label for={id}>
        {name} <output>{value}</output>
      </label>
      <input
        {...{ id, type: "range", min, max, step, value, disabled }}
        aria-describedby={`${id}-help`}
        onInput={({ currentTarget }) => onChange(Number(currentTarget.value))}
      />
      <p id={`${id}-help`}>{help}</p>
    </div>
  );
}

export function Settings({ session }: { readonly session: Session }) {
  const { choices, model, steps, choose } = session;
  const { realism, samples, seed, keepTone, check } = choices.value;
  const diffuses = model.value?.canDiffuse ?? true;
  const noSteps = steps.value === 0;
  return (
    <form
      class="settings"
      onSubmit={(event) => {
        event.preventDefault();
        void session.restore();
      }}
    >
      <ModelChoice session={session} />
      <Slider
        name="Steps"
        help={knobs.steps.description}
        value={steps.value}
        max={MOST_STEPS}
        disabled={!diffuses}
        onChange={(value) => choose({ steps: value })}
      />
      <Slider
        name="Realism"
        help={knobs.realism.description}
        value={realism}
        max={1}
        step={0.05}
        disabled={noSteps}
        onChange={(value) => choose({ realism: value })}
      />
      <Slider
        name="Samples"
        help={knobs.samples.description}
        value={samples}
        min={1}
        max={MOST_SAMPLES}
        disabled={noSteps}
        onChange={(value) => choose({ samples: value })}
      />
      <div class="choice">
        <label for="seed">Seed</label>
        <input
          id="seed"
          type="number"
          min="0"
          step="1"
          value={seed}
          aria-describedby="seed-help"
          onChange={({ currentTarget }) => choose({ seed: Math.max(0, Math.floor(Number(currentTarget.value) || 0)) })}
        />
        <p id="seed-help">{knobs.seed.description}</p>
      </div>
      <div class="choice">
        <label>
          <input
            type="checkbox"
            checked={keepTone}
            onChange={({ currentTarget }) => choose({ keepTone: currentTarget.checked })}
          />{" "}
          Keep tone
        </label>
        <p>{knobs.keepTone.description}</p>
      </div>
      <div class="choice">
        <label>
          <input
            type="checkbox"
            checked={check}
            onChange={({ currentTarget }) => choose({ check: currentTarget.checked })}
          />{" "}
          Check it against the photo
        </label>
        <p>Fits the local blur that turns the restoration back into the photo</p>
      </div>
      <button type="submit" class="primary" disabled={!session.photo.value}>
        Restore again
      </button>
      <button
        type="button"
        onClick={() => {
          location.hash = hashFromChoices({ steps: choices.value.steps, realism, samples, seed });
          void navigator.clipboard?.writeText(location.href);
        }}
      >
        Copy a link with these settings
      </button>
    </form>
  );
}
