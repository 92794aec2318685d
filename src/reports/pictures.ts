/** @file Pictures of a report as data URIs: rows that zoom and pan together, and strips of steps. */
import { type Content, type Html, html } from "./html.js";

export interface Picture {
  /** A data URI from `dataUri`. */
  readonly src: string;
  /** Text alternative for readers who cannot see the picture. */
  readonly alt: string;
  readonly width: number;
  readonly height: number;
}

export interface LabelledPicture extends Picture {
  readonly label: string;
  /** A number or two below the label. */
  readonly note?: string;
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** `type`: a media type such as "image/jpeg". */
export function dataUri(type: string, bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b = 0, c = 0] = bytes.subarray(i, i + 3);
    const word = (a! << 16) | (b << 8) | c;
    const digits = [18, 12, 6, 0].map((shift) => BASE64[(word >> shift) & 63]!);
    text += digits.map((digit, k) => (i + k > bytes.length ? "=" : digit)).join("");
  }
  return `data:${type};base64,${text}`;
}

const image = ({ src, alt, width, height }: Picture): Html =>
  html`<img src="${src}" alt="${alt}" width="${width}" height="${height}">`;

export interface PictureRow {
  readonly caption: Content;
  /** All of one size: they zoom together. */
  readonly pictures: readonly LabelledPicture[];
  /** Smallest width in CSS pixels of a picture side by side with others. */
  readonly leastPx?: number;
  /** Show every picture at 100 %, a CSS pixel for each of its own, if the window is wide enough. */
  readonly fullSize?: boolean;
}

/** Widest picture that is shown with visible pixels; wider ones are smoothed when they are fitted. */
const SMALL_PX = 300;

/** Pictures side by side. Ctrl + wheel, buttons, keys, double click and drag zoom and move all of them together. */
export function pictureRow({ caption, pictures, leastPx = 170, fullSize = false }: PictureRow): Html {
  const small = pictures.every(({ width }) => width <= SMALL_PX);
  const side = fullSize ? Math.max(...pictures.map(({ width }) => width)) : leastPx;
  return html`<figure class="pictures${small ? " small" : ""}${fullSize ? " full-size" : ""}" data-zoom style="--least: ${side}px">
<div class="tools" role="group" aria-label="Enlarge"></div>
<div class="row">${pictures.map(
    (picture) => html`<figure class="tile"><div class="view">${image(picture)}</div>
<figcaption><b>${picture.label}</b>${picture.note ? html`<br>${picture.note}` : null}</figcaption></figure>\n`,
  )}</div>
<figcaption>${caption}</figcaption></figure>`;
}

export interface Strip {
  readonly caption: Content;
  /** One heading per step. */
  readonly columns: readonly string[];
  /** One picture per column; null leaves it empty. */
  readonly rows: readonly {
    readonly label: Content;
    readonly pictures: readonly ((Picture & { readonly note?: string }) | null)[];
  }[];
  /** Largest width in CSS pixels of a picture. */
  readonly sidePx?: number;
}

/**
 * Steps or conditions from left to right, one row per quantity. Pictures shrink to the page's width; on a narrow screen
 * the strip scrolls sideways.
 */
export function pictureStrip({ caption, columns, rows, sidePx = 96 }: Strip): Html {
  return html`<figure class="strip" style="--side: ${sidePx}px; --steps: ${columns.length}"><div class="scroll" tabindex="0"><table>
<thead><tr><td class="quantity"></td>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map(
    ({ label, pictures }) =>
      html`<tr><th scope="row">${label}</th>${pictures.map(
        (picture) => html`<td>${picture && image(picture)}${picture?.note ?? null}</td>`,
      )}</tr>\n`,
  )}</tbody></table></div>
<figcaption>${caption}</figcaption></figure>`;
}
