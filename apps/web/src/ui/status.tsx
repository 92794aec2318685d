/** @file Status: loading of the model, progress of a restoration with a button to cancel it, its outcome, errors. */
import type { DeblurResult } from "../../../../platform/browser/deblurrer.js";
import type { Session } from "./session.js";

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

function left(seconds: number | null): string {
  if (seconds === null) return "";
  return seconds < 90 ? `, ${Math.ceil(seconds)} s left` : `, ${Math.ceil(seconds / 60)} min left`;
}

function outcome({ sharpAlready, seconds, width, height, samples }: DeblurResult): string {
  if (sharpAlready)
    return "This photo is already sharp and was left unchanged; press Restore again to restore it anyway.";
  const speed = (width * height * samples.length) / 1e6 / seconds;
  return `Restored in ${seconds.toFixed(1)} s, ${speed.toPrecision(2)} megapixels per second.`;
}

export function Status({ session }: { readonly session: Session }) {
  const { loading, progress, problem, photo, result, model } = session;
  const { value: load } = loading;
  const { value: work } = progress;
  // Live regions must exist before they get text. The countdown is visible but not announced.
  const spoken = work ? work.stage : result.value ? outcome(result.value) : "";
  return (
    <div class="status">
      <div role="alert" class={problem.value ? "problem" : ""}>
        {problem.value}
      </div>
      {photo.value?.warnings.map((warning) => (
        <p key={warning} class="warning">
          {warning}
        </p>
      ))}
      {load ? (
        <p>
          <progress aria-label="Loading the model" max={load.total || 1} value={load.loaded} /> Loading the model,{" "}
          {megabytes(load.loaded)} of {megabytes(load.total)} MB
        </p>
      ) : null}
      <div class="work">
        {work ? <progress aria-label="Restoring" max={work.total} value={work.done} /> : null}
        <span role="status">{spoken}</span>
        {work ? <span aria-hidden="true">{left(work.secondsLeft)}</span> : null}
        {work ? (
          <button type="button" onClick={session.cancel}>
            Cancel
          </button>
        ) : null}
      </div>
      {model.value ? (
        <p class="device">Computed here, on your device: {model.value.device}. Nothing is uploaded.</p>
      ) : null}
    </div>
  );
}
