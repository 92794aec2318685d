/**
 * @file Several restorations of one photo: a click shows one beside the photo; also their mean and their differences.
 */
import { Bitmap, THUMBNAIL_PIXELS } from "./bitmap.js";
import type { Session } from "./session.js";
import type { Shown } from "./shown-photo.js";

/** Colours of `uncertaintyPicture` at equal distances; values above the last one share its colour, the lightest. */
const LEVELS = ["0", "8", "16", "24", "32+"];

export function Gallery({ session }: { readonly session: Session }) {
  const { result, shown } = session;
  const { value } = result;
  if (!value?.summary) return null;
  const { mean, uncertainty, medoid, mostDifferent } = value.summary;
  const pictures: readonly { readonly what: Shown; readonly picture: ImageBitmap; readonly label: string }[] = [
    { what: "mean", picture: mean, label: `Mean of ${value.samples.length}` },
    ...value.samples.map((picture, k) => ({
      ...{ what: k, picture },
      label: `${k + 1}${k === medoid ? ", most typical" : ""}${mostDifferent.includes(k) ? ", differs most" : ""}`,
    })),
  ];
  return (
    <section aria-label="Different restorations" class="gallery">
      <h2>Different restorations</h2>
      <p>
        They share one prediction and differ only in fine texture. That they agree does not prove that letters or faces
        are right.
      </p>
      <div class="row">
        {pictures.map(({ what, picture, label }) => (
          <button
            key={what}
            type="button"
            aria-pressed={shown.value === what}
            onClick={() => {
              shown.value = what;
            }}
          >
            <Bitmap picture={picture} label={label} mostPixels={THUMBNAIL_PIXELS} />
            <span>{label}</span>
          </button>
        ))}
        <figure>
          <Bitmap
            picture={uncertainty}
            label="How much the restorations differ, pixel by pixel"
            mostPixels={THUMBNAIL_PIXELS}
          />
          <figcaption>
            Uncertainty: standard deviation, in levels of 255
            <span class="colourbar" />
            <span class="levels">
              {LEVELS.map((level) => (
                <span key={level}>{level}</span>
              ))}
            </span>
          </figcaption>
        </figure>
      </div>
    </section>
  );
}
