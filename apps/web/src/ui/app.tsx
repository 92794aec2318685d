/** @file The page. */
import { useMemo } from "preact/hooks";
import type { Deblurrer } from "../../../../platform/browser/deblurrer.js";
import "./app.css";
import { Compare } from "./compare.js";
import { Explanation } from "./explanation.js";
import { Gallery } from "./gallery.js";
import { OpenPhoto } from "./open-photo.js";
import { createSession } from "./session.js";
import { Settings } from "./settings.js";
import { choicesFromHash } from "./shared-choices.js";
import { Status } from "./status.js";
import { StepScrubber } from "./step-scrubber.js";

export interface AppProps {
  readonly deblurrer: Deblurrer;
}

export function App({ deblurrer }: AppProps) {
  const session = useMemo(() => createSession(deblurrer, choicesFromHash(location.hash)), [deblurrer]);
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
          {photo ? <Compare before={photo.picture} after={session.picture.value} /> : null}
          <OpenPhoto session={session} small={photo !== null} />
          <Status session={session} />
          {result && !session.progress.value ? (
            <button type="button" class="primary" onClick={() => void session.download()}>
              Download
            </button>
          ) : null}
        </div>
        {photo ? <Settings session={session} /> : null}
        {result ? <Gallery session={session} /> : null}
        {result?.check ? <Explanation check={result.check} /> : null}
        {result && result.steps.length > 0 ? <StepScrubber steps={result.steps} /> : null}
      </main>
    </>
  );
}
