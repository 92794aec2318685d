/** @file A slider over steps, and a comparison of any two pictures of a page. Both need `SCRUB_SCRIPT`. */
import { type Content, type Html, html, raw } from "./html.js";
import type { Picture } from "./pictures.js";

/** A picture that can be chosen in a comparison. */
export interface NamedPicture {
  /** Unique on the page. */
  readonly id: string;
  readonly name: string;
  readonly picture: Picture;
}

export interface Scrubber {
  readonly caption: Content;
  /** Caption of each step, as many as each part has pictures. */
  readonly captions: readonly string[];
  readonly parts: readonly {
    readonly label: string;
    readonly note: string;
    readonly pictures: readonly NamedPicture[];
  }[];
}

const STYLE = `
.scrub .controls, .compare .controls { display: none; gap: .6rem; align-items: center; flex-wrap: wrap; margin: .4rem 0; }
.scrub.ready .controls, .compare.ready .controls { display: flex; }
.scrub input[type=range] { flex: 1 1 16rem; } .scrub output { font-variant-numeric: tabular-nums; flex: 1 0 100%; }
.scrub img, .compare img { width: 100%; height: auto; display: block; } .scrub img[hidden] { display: none; }
.scrub .row { grid-template-columns: repeat(auto-fit, minmax(min(100%, 240px), 1fr)); }
.compare .stage { display: grid; max-width: 720px; } .compare .stage img { grid-area: 1 / 1; }
.compare .stage img + img { clip-path: inset(0 0 0 var(--wipe, 50%)); }
.compare.beside .stage { grid-template-columns: 1fr 1fr; gap: .5rem; max-width: none; }
.compare.beside .stage img + img { grid-area: 1 / 2; clip-path: none; }
.compare input[type=range] { width: min(100%, 720px); }
.scrub input:focus-visible, .compare input:focus-visible, .compare select:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
select { font: inherit; color: var(--ink); background: var(--tint); border: 1px solid var(--line); border-radius: 5px; padding: .15rem .4rem; max-width: 100%; }
`;

export function scrubber({ caption, captions, parts }: Scrubber): Html {
  const last = captions.length - 1;
  return html`<style>${raw(STYLE)}</style><figure class="scrub" data-scrub>
<div class="controls"><button type="button">Play</button><input type="range" min="0" max="${last}" value="${last}" step="1" aria-label="Step"><output aria-live="polite"></output></div>
<ol hidden>${captions.map((text) => html`<li data-caption>${text}</li>`)}</ol>
<div class="row">${parts.map(
    ({ label, note, pictures }) =>
      html`<figure class="tile">${pictures.map(
        ({ id, picture: { src, alt, width, height } }, i) =>
          html`<img id="${id}" data-step="${i}" src="${src}" alt="${alt}" width="${width}" height="${height}"${raw(i === last ? "" : " hidden")}>`,
      )}<figcaption><b>${label}</b><br>${note}</figcaption></figure>`,
  )}</div>
<figcaption>${caption}</figcaption></figure>`;
}

/**
 * Two lists of the same pictures, which are on the page under their ids; `first` and `second` are selected at first.
 */
export function comparison(pictures: readonly NamedPicture[], first: NamedPicture, second: NamedPicture): Html {
  const list = (label: string, chosen: NamedPicture) =>
    html`<label>${label} <select>${pictures.map(
      ({ id, name }) => html`<option value="${id}"${raw(id === chosen.id ? " selected" : "")}>${name}</option>`,
    )}</select></label>`;
  const image = ({ picture: { src, alt, width, height } }: NamedPicture) =>
    html`<img src="${src}" alt="${alt}" width="${width}" height="${height}">`;
  return html`<figure class="compare" data-compare>
<div class="controls">${list("Left", first)}${list("Right", second)}<label><input type="checkbox"> side by side</label></div>
<div class="stage">${image(first)}${image(second)}</div>
<div class="controls"><input type="range" min="0" max="100" value="50" aria-label="Where the right picture begins, in percent"></div>
</figure>`;
}
