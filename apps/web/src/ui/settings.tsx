/** @file The settings: presets and two sliders at once, everything else folded away. */
import { PRESET_NAMES, PRESETS } from "../../../../src/restoration/presets.js";
import {
  type ChoiceName,
  type Control,
  EXPERT_CONTROLS,
  hashFromChoices,
  MAIN_CONTROLS,
  textureOf,
} from "./choices.js";
import { ModelChoice } from "./model-choice.js";
import type { Session } from "./session.js";

interface ChoiceProps {
  readonly control: Control;
  readonly value: number | boolean;
  readonly disabled: boolean;
  onChange(value: number | boolean): void;
}

function Choice({ control, value, disabled, onChange }: ChoiceProps) {
  const { name: id, label, help } = control;
  const described = { id, disabled, "aria-describedby": `${id}-help` };
  const isShare = control.kind === "slider" && control.max === 1;
  return (
    <div class="choice">
      {control.kind === "tick" ? (
        <label>
          <input
            {...{ ...described, type: "checkbox", checked: value === true }}
            onChange={({ currentTarget }) => onChange(currentTarget.checked)}
          />{" "}
          {label}
        </label>
      ) : (
        <label for={id}>
          {label}{" "}
          {control.kind === "slider" ? (
            <output>{isShare ? `${Math.round(100 * Number(value))} %` : value}</output>
          ) : null}
        </label>
      )}
      {control.kind === "slider" ? (
        <input
          {...{
            ...described,
            type: "range",
            min: control.min,
            max: control.max,
            step: control.step,
            value: Number(value),
          }}
          onInput={({ currentTarget }) => onChange(currentTarget.valueAsNumber)}
        />
      ) : null}
      {control.kind === "number" ? (
        <input
          {...{ ...described, type: "number", min: 0, step: 1, value: Number(value) }}
          onChange={({ currentTarget }) => onChange(Math.max(0, Math.floor(Number(currentTarget.value) || 0)))}
        />
      ) : null}
      <p id={`${id}-help`}>{help}</p>
    </div>
  );
}

function Presets({ session }: { readonly session: Session }) {
  const { choices, models, choose } = session;
  return (
    <fieldset class="presets">
      <legend>Preset</legend>
      {PRESET_NAMES.map((name) => {
        const { label, summary, model } = PRESETS[name];
        return (
          <label key={name} class="preset">
            <input
              type="radio"
              name="preset"
              value={name}
              checked={choices.value.preset === name && models.wanted.value === model}
              onChange={() => choose({ preset: name })}
            />
            <span>
              <b>{label}</b>
              <small>{summary}</small>
            </span>
          </label>
        );
      })}
    </fieldset>
  );
}

export function Settings({ session }: { readonly session: Session }) {
  const { choices, models, steps, choose } = session;
  const { canDiffuse } = models.facts.value;
  const off = ({ name, diffusion }: Control) =>
    (diffusion === "without" && steps.value === 0) || ((diffusion === "takes" || name === "steps") && !canDiffuse);
  const current = (name: Exclude<ChoiceName, "preset">): number | boolean => {
    if (name === "steps") return steps.value;
    if (name === "texture") return textureOf(choices.value);
    return choices.value[name];
  };
  const choice = (control: Control) => (
    <Choice
      key={control.name}
      control={control}
      value={current(control.name)}
      disabled={off(control)}
      onChange={(value) => choose({ [control.name]: value })}
    />
  );
  return (
    <form
      class="settings"
      aria-label="Settings"
      onSubmit={(event) => {
        event.preventDefault();
        void session.restore();
      }}
    >
      <Presets session={session} />
      {MAIN_CONTROLS.map(choice)}
      {session.changed.value ? <p class="changed">Settings changed: press Restore again to see them.</p> : null}
      <details class="expert">
        <summary>Expert</summary>
        <div class="experts">
          <ModelChoice session={session} />
          {EXPERT_CONTROLS.map(choice)}
          <CopyLink session={session} />
        </div>
      </details>
    </form>
  );
}

function CopyLink({ session }: { readonly session: Session }) {
  return (
    <button
      type="button"
      onClick={async ({ currentTarget }) => {
        history.replaceState(history.state, "", hashFromChoices(session.choices.value)); // Back stays as it is
        await navigator.clipboard?.writeText(location.href).catch(() => {});
        currentTarget.textContent = "The link is copied and in the address bar";
      }}
    >
      Copy a link with these settings
    </button>
  );
}
