/** @file The page: the first screen, or the tool once there is a photo. */
import { effect } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Deblurrer } from "../../../../platform/browser/deblurrer.js";
import "./base.css";
import "./landing.css";
import "./tool.css";
import "./panel.css";
import "./screens.css";
import { ActionBar } from "./action-bar.js";
import { choicesFromHash, storedChoices } from "./choices.js";
import { Explanation } from "./explanation.js";
import { Gallery } from "./gallery.js";
import { openHandedOver } from "./given-files.js";
import { Landing } from "./landing.js";
import { useGivenFiles } from "./open-photos.js";
import { PartTools } from "./part-tools.js";
import { createPreview } from "./preview.js";
import { createSession, type Session } from "./session.js";
import { Settings } from "./settings.js";
import { Status } from "./status.js";
import { StepScrubber } from "./step-scrubber.js";
import { PhotoStrip, ResultStrip } from "./strip.js";
import { type Tool, Viewer } from "./viewer.js";

export interface AppProps {
  readonly deblurrer: Deblurrer;
}

/** Time after which the page loads what a restoration needs, if nothing has asked for it. */
const IDLE_MS = 4000;

/** Loads the model early: the first photo waits less, and the page works offline after the first visit. */
function preload(session: Session): void {
  const { saveData } = (navigator as { connection?: { saveData?: boolean } }).connection ?? {};
  if (saveData) return;
  const load = () => void session.models.open().catch(() => {}); // the first photo says what is wrong
  if ("requestIdleCallback" in globalThis) requestIdleCallback(load, { timeout: IDLE_MS });
  else setTimeout(load, IDLE_MS);
}

/** Tells of progress in the title, of the end in a notification, and asks before work is lost. Returns its end. */
function watchPage({ progress, item, list }: Session): () => void {
  let before = false;
  const stop = effect(() => {
    const work = progress.value;
    const name = item.value?.name;
    const percent = work && work.total > 0 ? `${Math.floor((100 * work.done) / work.total)} %, ` : "";
    const isDone = item.value?.state === "done";
    document.title = name ? `${work ? percent : isDone ? "done: " : ""}${name} - unblur` : "unblur";
    const isOver = before && !work && list.waiting.value === 0;
    before = work !== null;
    if (isOver && document.hidden && "Notification" in globalThis && Notification.permission === "granted")
      new Notification("unblur", { body: `${name ?? "Your photos"}: done`, icon: "./icon-192.png" });
  });
  const ask = (event: BeforeUnloadEvent) => {
    if (list.unsaved.peek()) event.preventDefault();
  };
  addEventListener("beforeunload", ask);
  return () => {
    stop();
    removeEventListener("beforeunload", ask);
  };
}

export function App({ deblurrer }: AppProps) {
  const session = useMemo(() => {
    const model = new URLSearchParams(location.search).get("model") ?? undefined;
    return createSession(deblurrer, { ...storedChoices(), ...choicesFromHash(location.hash) }, model);
  }, [deblurrer]);
  useEffect(() => {
    preload(session);
    void openHandedOver(session);
    return watchPage(session);
  }, [session]);
  const over = useGivenFiles(session);
  return (
    <div class={over ? "over" : ""}>
      {session.photo.value ? <Workplace session={session} /> : <Landing session={session} />}
    </div>
  );
}

function Workplace({ session }: { readonly session: Session }) {
  const preview = useMemo(() => createPreview(session), [session]);
  const [tool, setTool] = useState<Tool>({ kind: "look" });
  const photo = session.photo.value!;
  const result = session.result.value;
  return (
    <div class="workplace">
      <header>
        <h1>unblur</h1>
        <ActionBar session={session} />
      </header>
      <main class="workbench">
        <div class="picture">
          <Viewer {...{ session, preview, tool }} />
          <Status session={session} />
          <PhotoStrip session={session} />
          <ResultStrip session={session} />
        </div>
        <aside class="panel" aria-label="Settings and tools">
          <Settings session={session} />
          <PartTools key={photo.id} {...{ session, preview, tool, setTool }} />
        </aside>
      </main>
      {result?.summary || result?.check || result?.steps.length ? (
        <div class="more">
          <Gallery session={session} />
          {result.check ? <Explanation check={result.check} /> : null}
          {result.steps.length > 0 ? <StepScrubber key={result.id} steps={result.steps} /> : null}
        </div>
      ) : null}
    </div>
  );
}
