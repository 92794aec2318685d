/** @file The page. */
import { useMemo, useState } from "preact/hooks";
import type { Deblurrer } from "../../../../platform/browser/deblurrer.js";
import "./app.css";
import { choicesFromHash } from "./choices.js";
import { Compare, type Tool } from "./compare.js";
import { Explanation } from "./explanation.js";
import { Gallery } from "./gallery.js";
import { OpenPhoto } from "./open-photo.js";
import { PartTools } from "./part-tools.js";
import { createPreview } from "./preview.js";
import { SaveResult } from "./save-result.js";
import { createSession } from "./session.js";
import { Settings } from "./settings.js";
import { Status } from "./status.js";
import { StepScrubber } from "./step-scrubber.js";

export interface AppProps {
  readonly deblurrer: Deblurrer;
}

export function App({ deblurrer }: AppProps) {
  const session = useMemo(() => {
    const model = new URLSearchParams(location.search).get("model") ?? undefined;
    return createSession(deblurrer, choicesFromHash(location.hash), model);
  }, [deblurrer]);
  const preview = useMemo(() => createPreview(session), [session]);
  const [tool, setTool] = useState<Tool>({ kind: "look" });
  const photo = session.photo.value;
  const result = session.result.value;
  return (
    <>
      <header>
        <h1>unblur</h1>
        <p>Sharpens shaken photos on your own device. Nothing is uploaded.</p>
      </header>
      <main class={photo ? "working" : ""}>
        <div class="picture">
          {photo ? <Compare {...{ session, preview, tool }} /> : null}
          {photo ? <PartTools key={photo.id} {...{ session, preview, tool, setTool }} /> : null}
          <Status session={session} />
          {result && !session.progress.value ? <SaveResult session={session} /> : null}
          <OpenPhoto session={session} small={photo !== null} />
        </div>
        {photo ? <Settings session={session} /> : null}
        {result ? <Gallery session={session} /> : null}
        {result?.check ? <Explanation check={result.check} /> : null}
        {result && result.steps.length > 0 ? <StepScrubber key={result.id} steps={result.steps} /> : null}
      </main>
    </>
  );
}
