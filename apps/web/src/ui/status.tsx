/** @file Status: loading of the model, progress of a restoration with a button to cancel it, its outcome, errors. */
import { useState } from "preact/hooks";
import type { DeblurResult } from "../../../../platform/browser/deblurrer.js";
import { duration } from "../../../../src/base/duration.js";
import type { Session } from "./session.js";

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

/** Messages of the restorer begin in lower case, as they may follow a name. */
export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Keys go to the photo when the button that had the focus goes away. */
const focusStage = () => document.querySelector<HTMLElement>(".stage")?.focus({ preventScroll: true });

/** Shown once it is known. */
const left = (seconds: number | null): string => (seconds === null ? "" : `, ${duration(1000 * seconds)} left`);

function outcome({ sharpAlready, seconds }: DeblurResult): string {
  if (sharpAlready) return "";
  return seconds > 0 ? `Restored in ${duration(1000 * Math.max(1, seconds))}.` : "Restored earlier.";
}

/** A browser notifies only after it was allowed to; asked when it is of use. */
function NotifyButton({ secondsLeft }: { readonly secondsLeft: number | null }) {
  const [asked, setAsked] = useState(false);
  if (!("Notification" in globalThis) || Notification.permission !== "default" || asked || (secondsLeft ?? 0) < 15)
    return null;
  return (
    <button
      type="button"
      onClick={() => {
        setAsked(true);
        void Notification.requestPermission();
      }}
    >
      Tell me when it is done
    </button>
  );
}

export function Status({ session }: { readonly session: Session }) {
  const { progress, problem, notice, photo, result, models, item, list } = session;
  const { value: load } = models.loading;
  const { value: work } = progress;
  const looksSharp = item.value?.state === "sharp";
  const isStopped = item.value?.state === "stopped";
  /** A photo that could not even be opened has its message in its place. */
  const alert = problem.value ?? (item.value?.state === "failed" && photo.value ? item.value.note : null);
  const worked = work ? list.items.value.find(({ state }) => state === "working") : undefined;
  /** Name of the photo that is restored while another photo is shown. */
  const other = worked && worked.key !== item.value?.key ? `${worked.name}: ` : "";
  /** A restoration that has begun goes on while another model loads. */
  const loading = load && photo.value && !(work && work.done > 0) ? load : null;
  // Live regions must exist before they get text. The countdown is visible but not announced.
  const spoken = loading
    ? "Loading the model"
    : work
      ? other
        ? `${other}${work.stage}`
        : sentence(work.stage)
      : result.value
        ? outcome(result.value)
        : isStopped
          ? "Stopped."
          : session.opening.value > 0
            ? "Opening the photo…"
            : "";
  const counted = loading
    ? `, ${megabytes(loading.loaded)} of ${megabytes(loading.total)} MB`
    : left(work?.secondsLeft ?? null);
  const share = work && work.total > 0 ? work.done / work.total : 0;
  return (
    <div class="status">
      <div role="alert" class={alert ? "problem" : ""}>
        {alert}
      </div>
      <p role="status" class="notice">
        {notice.value}
      </p>
      {photo.value?.warnings.map((warning) => (
        <p key={warning} class="warning">
          {warning}
        </p>
      ))}
      {looksSharp && !work ? (
        <p class="banner">
          <span>This photo looks sharp already. It was left as it is.</span>
          <button
            type="button"
            class="primary"
            onClick={() => {
              void session.restore({ anyway: true });
              focusStage();
            }}
          >
            Restore anyway
          </button>
        </p>
      ) : null}
      <div class="work">
        {loading ? (
          <progress aria-label="Loading the model" max={loading.total || 1} value={loading.loaded} />
        ) : work ? (
          <progress aria-label="Restoring" max={1} value={share} />
        ) : null}
        <span>
          <span role="status">{spoken}</span>
          <span aria-hidden="true">{counted}</span>
        </span>
        {work ? <NotifyButton secondsLeft={work.secondsLeft} /> : null}
        {work ? (
          <button
            type="button"
            onClick={() => {
              session.cancel();
              focusStage();
            }}
          >
            Cancel
          </button>
        ) : null}
        {item.value && photo.value && !work && list.items.value.length === 1 ? (
          <button
            type="button"
            aria-label={`Remove ${item.value.name}`}
            onClick={() => void session.remove([item.value!.key])}
          >
            Remove
          </button>
        ) : null}
        {photo.value ? (
          <span class="facts">
            {photo.value.name}, {photo.value.width} x {photo.value.height}
            {models.model.value ? `. Computed here, on your device: ${models.model.value.device}.` : ""}
          </span>
        ) : null}
      </div>
    </div>
  );
}
