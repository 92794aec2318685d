/** @file The settings, with the explanations of the command line. */
import { type ChoiceName, CONTROLS, type Control, hashFromChoices } from "./choices.js";
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
          {label} {control.kind === "slider" ? <output>{value}</output> : null}
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

export function Settings({ session }: { readonly session: Session }) {
  const { choices, model, steps, choose } = session;
  const diffuses = () => model.value?.canDiffuse ?? true;
  const off = ({ name, diffusion }: Control) =>
    (diffusion === "without" && steps.value === 0) ||
    (diffusion === "takes" && (choices.value.steps === 0 || !diffuses())) ||
    (name === "steps" && !diffuses());
  const current = (name: ChoiceName) => (name === "steps" ? steps.value : (choices.value[name] ?? 1));
  return (
    <form
      class="settings"
      onSubmit={(event) => {
        event.preventDefault();
        void session.restore();
      }}
    >
      <ModelChoice session={session} />
      {CONTROLS.map((control) => (
        <Choice
          key={control.name}
          control={control}
          value={current(control.name)}
          disabled={off(control)}
          onChange={(value) => choose({ [control.name]: value })}
        />
      ))}
      <button type="submit" class="primary" disabled={!session.photo.value}>
        Restore again
      </button>
      <button
        type="button"
        onClick={() => {
          location.hash = hashFromChoices(choices.value);
          void navigator.clipboard?.writeText(location.href);
        }}
      >
        Copy a link with these settings
      </button>
    </form>
  );
}
