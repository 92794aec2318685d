/** @file The first screen: what the page does, shown on an example; samples to try; what it can undo and what not. */
import { useState } from "preact/hooks";
import { OpenButtons } from "./open-photos.js";
import { Removal } from "./removal.js";
import type { Session } from "./session.js";

/** CC BY 4.0: examples/ATTRIBUTION.md. */
const SAMPLES = [
  { file: "friends-blurry.jpg", label: "Two dogs, shaken camera" },
  { file: "street-blurry.jpg", label: "Street, moving camera" },
  { file: "square-blurry.jpg", label: "Square with people" },
] as const;

/** Before and after under a line that follows pointer and keys. */
function Demo() {
  const [split, setSplit] = useState(46);
  return (
    <figure class="demo">
      <div class="demostage">
        <div>
          <img
            src="./examples/friends-blurry.jpg"
            alt="Two dogs, blurred by a shaken camera"
            width="639"
            height="960"
          />
        </div>
        <div style={`clip-path: inset(0 0 0 ${split}%)`}>
          <img src="./examples/friends-restored.jpg" alt="The same photo, restored" width="639" height="960" />
        </div>
        <span class="tag" aria-hidden="true">
          Before
        </span>
        <span class="tag right" aria-hidden="true">
          After
        </span>
        <div class="line" style={`left: ${split}%`}>
          <span class="handle" />
        </div>
        <input
          type="range"
          min="0"
          max="100"
          value={split}
          aria-label="Before and after: move the line"
          onInput={({ currentTarget }) => setSplit(currentTarget.valueAsNumber)}
        />
      </div>
      <figcaption>
        Blurred by 13 px of camera shake, restored with the preset Natural. Photo: Aitzol Berasategi, CC BY 4.0.
      </figcaption>
    </figure>
  );
}

/** Photos that were opened are still there, behind this screen. */
function BackToPhotos({ session }: { readonly session: Session }) {
  const { items, finished } = session.list;
  if (session.selected.value === null) return null;
  return (
    <>
      <button
        type="button"
        class="primary"
        onClick={() => {
          session.screen.value = "tool";
        }}
      >
        Back to your photos
      </button>
      <span class="quiet">
        {finished.value} of {items.value.length} done
      </span>
    </>
  );
}

export function Landing({ session }: { readonly session: Session }) {
  return (
    <main class="landing">
      <div class="top">
        <p class="brand">
          <img src="./icon.svg" alt="" width="28" height="28" /> unblur
        </p>
        <BackToPhotos session={session} />
        <Removal session={session} />
      </div>
      <section class="hero" aria-label="Start">
        <div class="pitch">
          <h1>Make shaken photos sharp again</h1>
          <p class="lead">
            unblur undoes the blur of a shaken camera, and reduces that of moving things. It runs here, on your own
            device: no photo is uploaded.
          </p>
          <div class="buttons">
            <OpenButtons session={session} large />
          </div>
          <p class="quiet dropping">Or drop photos or a folder anywhere, or paste a picture.</p>
          <p role="status" class={session.opening.value > 0 ? "opening" : ""}>
            {session.opening.value > 0 ? "Opening the photo…" : ""}
          </p>
          <h2>No photo at hand?</h2>
          <div class="samples">
            {SAMPLES.map(({ file, label }) => (
              <button key={file} type="button" class="sample" onClick={() => void session.openExample(file)}>
                <img src={`./examples/${file}`} alt="" width="120" height="90" loading="lazy" />
                <span>{label}</span>
              </button>
            ))}
          </div>
          <div role="alert" class={session.problem.value ? "problem" : ""}>
            {session.problem.value}
          </div>
        </div>
        <Demo />
      </section>
      <section class="facts3" aria-label="What it can undo">
        <div>
          <h2>What it undoes</h2>
          <p>
            Shake of the camera, up to about 45 pixels. Motion of people and cars becomes less, but does not vanish.
          </p>
        </div>
        <div>
          <h2>What it does not</h2>
          <p>
            It does little for a photo out of focus, for noise, or for a photo of few pixels. Letters and faces that
            cannot be made out in the blur may come out wrong.
          </p>
        </div>
        <div>
          <h2>Limits</h2>
          <p>
            JPEG, PNG, WebP, AVIF, HEIC, GIF and BMP, up to 60 megapixels. The first photo loads some 35 MB. A photo of
            one megapixel takes about half a minute on a laptop, one of twelve some minutes.
          </p>
        </div>
      </section>
      <footer>
        <p>
          The program is free software under the MIT licence. Weights of the models:{" "}
          <a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>, those of MAXIM (Google LLC){" "}
          <a href="https://www.apache.org/licenses/LICENSE-2.0">Apache-2.0</a>. Decoder of HEIC: libheif, LGPL-3.0.
          Sample photos, CC BY 4.0: Aitzol Berasategi; Nah et al., GoPro data set. After the first visit the page works
          without a network.
        </p>
      </footer>
    </main>
  );
}
