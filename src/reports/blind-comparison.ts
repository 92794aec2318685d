/**
 * @file A page for a blind comparison of restoration methods: each photo, with the results beside it in an order that
 * changes from photo to photo. It counts the choices and names the methods at the end.
 */
import { html } from "./html.js";
import type { Provenance } from "./page.js";
import { reportPage } from "./page.js";
import { type Picture, pictureRow } from "./pictures.js";

export interface BlindPhoto {
  readonly name: string;
  readonly crops: readonly BlindCrop[];
  /** Index of the method that each letter stands for: A, B and so on. */
  readonly order: readonly number[];
}

export interface BlindCrop {
  readonly photo: Picture;
  /** Methods in the order of the letters. */
  readonly results: readonly Picture[];
}

/** A, B, C ... */
export const letterOf = (index: number): string => String.fromCharCode(65 + index);

/** Without the script nothing can be chosen, but the pictures are visible. */
const SCRIPT = `((page) => {
  const { methods, orders } = JSON.parse(page.getElementById("key").content.textContent);
  const forms = [...page.querySelectorAll("form[data-photo]")];
  const button = page.getElementById("reveal");
  const told = page.getElementById("told");
  const state = page.getElementById("state");
  const chosen = (form) => new FormData(form).get("best");
  const count = () => {
    const done = forms.filter(chosen).length;
    state.textContent = done + " of " + forms.length + " photos judged";
    button.disabled = done === 0;
  };
  for (const form of forms) form.onchange = count;
  button.onclick = () => {
    const tally = methods.map((method) => ({ method, best: 0, worse: 0 }));
    let [same, judged] = [0, 0];
    for (const [i, form] of forms.entries()) {
      const best = chosen(form);
      if (best === null) continue;
      judged++;
      if (best === "same") same++;
      else tally[orders[i][Number(best)]].best++;
      for (const letter of new FormData(form).getAll("worse")) tally[orders[i][Number(letter)]].worse++;
      for (const [k, method] of orders[i].entries())
        for (const place of form.closest("section").querySelectorAll('[data-letter="' + k + '"]')) place.textContent = ": " + methods[method];
    }
    told.replaceChildren(...tally.map(({ method, best, worse }) => {
      const row = page.createElement("tr");
      for (const text of [method, best, worse]) row.append(Object.assign(page.createElement("td"), { textContent: text }));
      return row;
    }));
    state.textContent = judged + " photos judged, " + same + " of them without a difference";
    page.getElementById("tally").hidden = false;
  };
  count();
})(document);`;

/** Returns the page as one HTML file. `methods`: the names of the methods. */
export function blindComparisonPage(
  methods: readonly string[],
  photos: readonly BlindPhoto[],
  provenance: Provenance,
): string {
  const letters = methods.map((_, index) => letterOf(index));
  const key = JSON.stringify({ methods, orders: photos.map(({ order }) => order) });
  return reportPage({
    title: "Blind comparison",
    lead: `${photos.length} photos, each restored in ${methods.length} ways. Choose the result you would keep, then read the names at the end.`,
    notes: [
      "The order of the results changes from photo to photo. Pictures are crops at full size, taken where the results differ most.",
    ],
    sections: [
      ...photos.map(({ name, crops }, i) => ({
        title: name,
        content: html`${crops.map(({ photo, results }) =>
          pictureRow({
            caption: "",
            fullSize: true,
            pictures: [
              { ...photo, label: "Photo" },
              ...results.map((picture, k) => ({ ...picture, label: letters[k]! })),
            ],
          }),
        )}
<form data-photo="${i}"><fieldset><legend>Best</legend>${letters.map(
          (letter, k) =>
            html`<label><input type="radio" name="best" value="${k}"> ${letter}<span data-letter="${k}"></span></label> `,
        )}<label><input type="radio" name="best" value="same"> No difference</label></fieldset>
<fieldset><legend>Worse than the photo itself</legend>${letters.map(
          (letter, k) => html`<label><input type="checkbox" name="worse" value="${k}"> ${letter}</label> `,
        )}</fieldset></form>`,
      })),
      {
        title: "Result",
        content: html`<p><button type="button" id="reveal" disabled>Count and name them</button> <span id="state" role="status"></span></p>
<table id="tally" hidden><thead><tr><th scope="col">Way</th><th scope="col">Best</th><th scope="col">Worse than the photo</th></tr></thead><tbody id="told"></tbody></table>
<template id="key">${key}</template>`,
      },
    ],
    provenance,
    scripts: [SCRIPT],
  });
}
