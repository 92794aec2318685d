/** @file The page: the first screen, and the tool once there is a photo. */
import { effect } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
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
import { createPreview, type Preview } from "./preview.js";
import { Removal } from "./removal.js";
import { followHistory } from "./screens.js";
import { createSession, type Session } from "./session.js";
import { Settings } from "./settings.js";
import { Status } from "./status.js";
import { StepScrubber } from "./step-scrubber.js";
import { PhotoStrip, ResultStrip } from "./strip.js";
import { Unreadable } from "./unreadable.js";
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
    const ends = [followHistory(session.screen, session.selected), watchPage(session)];
    return () => {
      for (const end of ends) end();
    };
  }, [session]);
  const preview = useMemo(() => createPreview(session), [session]);
  const over = useGivenFiles(session);
  const hasPhoto = session.selected.value !== null;
  const inTool = hasPhoto && session.screen.value === "tool";
  useFirstFocus(inTool);
  return (
    <div class={over ? "over" : ""}>
      {inTool ? null : <Landing session={session} />}
      {hasPhoto ? <Workplace {...{ session, preview }} hidden={!inTool} /> : null}
    </div>
  );
}

/** When the screen changes, what has the focus is gone: keys then go to the stage, or to the first button. */
function useFirstFocus(inTool: boolean): void {
  const before = useRef(inTool);
  useLayoutEffect(() => {
    if (before.current === inTool) return;
    before.current = inTool;
    scrollTo(0, 0);
    document.querySelector<HTMLElement>(inTool ? ".stage" : ".landing button")?.focus({ preventScroll: true });
  }, [inTool]);
}

interface WorkplaceProps {
  readonly session: Session;
  readonly preview: Preview;
  /** It stays as it is behind the first screen. */
  readonly hidden: boolean;
}

function Workplace({ session, preview, hidden }: WorkplaceProps) {
  const [tool, setTool] = useState<Tool>({ kind: "look" });
  const photo = session.photo.value;
  const result = session.result.value;
  return (
    <div class="workplace" hidden={hidden}>
      <header>
        <h1>
          <a
            href="./"
            class="brand"
            aria-label="unblur: first screen"
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey) return; // another tab or window
              event.preventDefault();
              session.screen.value = "start";
            }}
          >
            <img src="./icon.svg" alt="" width="24" height="24" /> unblur
          </a>
        </h1>
        <ActionBar session={session} />
      </header>
      <main class="workbench">
        <div class="picture">
          {photo ? <Viewer {...{ session, photo, preview, tool }} /> : <Unreadable session={session} />}
          <Status session={session} />
          <Removal session={session} />
          <PhotoStrip session={session} />
          <ResultStrip session={session} />
        </div>
        <aside class="panel" aria-label="Settings and tools">
          <Settings session={session} />
          {photo ? <PartTools key={photo.id} {...{ session, preview, tool, setTool }} /> : null}
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
