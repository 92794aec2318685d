/** @file What is happening: the model's loading, a restoration's progress with a way to stop it, what went wrong. */
import type { Session } from "./session.js";

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

function left(seconds: number | null): string {
  if (seconds === null) return "";
  return seconds < 90 ? `, ${Math.ceil(seconds)} s left` : `, ${Math.ceil(seconds / 60)} min left`;
}

export function Status({ session }: { readonly session: Session }) {
  const { loading, progress, problem, result, model } = session;
  const { value: load } = loading;
  const { value: work } = progress;
  return (
    <div class="status">
      {problem.value ? (
        <p role="alert" class="problem">
          {problem.value}
        </p>
      ) : null}
      {load ? (
        <p>
          <progress aria-label="Loading the model" max={load.total || 1} value={load.loaded} /> Loading the model,{" "}
          {megabytes(load.loaded)} of {megabytes(load.total)} MB
        </p>
      ) : null}
      {work ? (
        <p>
          <progress aria-label="Restoring" max={work.total} value={work.done} />
          <span aria-live="polite">
            {" "}
            {work.stage}
            {left(work.secondsLeft)}
          </span>
          <button type="button" onClick={session.cancel}>
            Cancel
          </button>
        </p>
      ) : null}
      {!work && result.value ? (
        <p aria-live="polite">
          {result.value.sharpAlready
            ? "This photo is sharp already and left as it is; Restore again restores it nevertheless."
            : `Restored in ${result.value.seconds.toFixed(1)} s.`}
        </p>
      ) : null}
      {model.value ? (
        <p class="device">Computed here, on your device: {model.value.device}. Nothing is uploaded.</p>
      ) : null}
    </div>
  );
}
