/** @file Choice of the model: one of the host's, or a file of the user's. */
import type { Session } from "./session.js";

const OWN = "own file";

/** A model without a network is its description alone. */
const LEAST_SHOWN_BYTES = 50_000;

export function ModelChoice({ session }: { readonly session: Session }) {
  const { listed, wanted } = session.models;
  const current = typeof wanted.value === "string" ? wanted.value : wanted.value.name;
  const known = listed.value.some(({ name }) => name === current);
  return (
    <div class="choice">
      <label for="model">Model</label>
      <select
        id="model"
        value={known ? current : OWN}
        aria-describedby="model-help"
        onChange={({ currentTarget }) => {
          if (currentTarget.value !== OWN) void session.openModel(currentTarget.value);
        }}
      >
        {listed.value.map(({ name, bytes }) => (
          <option key={name} value={name}>
            {name} ({bytes < LEAST_SHOWN_BYTES ? "no weights" : `${(bytes / 1e6).toFixed(1)} MB`})
          </option>
        ))}
        {known ? null : <option value={OWN}>{current}</option>}
      </select>
      <p id="model-help">{listed.value.find(({ name }) => name === current)?.summary}</p>
      <label class="own">
        Your own model
        <input
          type="file"
          accept=".zip,.onnx"
          aria-label="Model file: a model's folder as .zip, or a predictor of unblur export"
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0];
            if (file) void session.openModel(file);
            currentTarget.value = "";
          }}
        />
      </label>
    </div>
  );
}
