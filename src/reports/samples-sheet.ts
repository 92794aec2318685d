/**
 * @file Several restorations of one photo on one page that opens offline. All are of one size and zoom and pan
 * together.
 */

import { type SampleSummary, UNCERTAINTY_WHITE_LEVELS } from "../restoration/sample-summary.js";
import { html } from "./html.js";
import { type Provenance, reportPage } from "./page.js";
import { type LabelledPicture, type Picture, pictureRow } from "./pictures.js";

export interface SamplesSheet {
  readonly photo: string;
  readonly blurry: Picture;
  readonly samples: readonly Picture[];
  readonly mean: Picture;
  readonly uncertainty: Picture;
  readonly summary: SampleSummary;
  /** Side in pixels of the block that became one pixel on the page. */
  readonly reduced: number;
  readonly provenance: Provenance;
}

export function samplesSheet(sheet: SamplesSheet): string {
  const { photo, blurry, samples, mean, uncertainty, summary, reduced, provenance } = sheet;
  const { medoid, furthest, deviation } = summary;
  const levels = 255 * Math.sqrt(deviation.reduce((sum, value) => sum + value * value, 0) / deviation.length);
  const noteOf = (k: number): { note?: string } => {
    const notes = [
      ...(k === medoid ? ["most typical"] : []),
      ...(furthest.includes(k) ? ["one of the two most different"] : []),
    ];
    return notes.length > 0 ? { note: notes.join(", ") } : {};
  };
  const pictures: LabelledPicture[] = [
    { ...blurry, label: "Photo" },
    { ...mean, label: `Mean of ${samples.length}`, note: "closest to the truth on average, softer than any sample" },
    { ...uncertainty, label: "Uncertainty", note: "standard deviation, in the levels below" },
    ...samples.map((picture, k) => ({ ...picture, label: `Restoration ${k + 1}`, ...noteOf(k) })),
  ];
  return reportPage({
    title: `${samples.length} restorations of ${photo}`,
    lead: `They differ by ${levels.toFixed(1)} levels of 255 (standard deviation). They share one prediction and differ only in what was drawn, such as fine texture: that they agree does not prove that letters or faces are right.`,
    notes:
      reduced > 1
        ? [`Pictures on this page are downsampled ${reduced} times; the files beside it have full size.`]
        : [],
    sections: [
      {
        title: "Side by side",
        content: html`${pictureRow({
          caption: "Ctrl + wheel and double click zoom all pictures together, dragging moves them.",
          pictures,
          leastPx: 300,
        })}<p class="scale">Uncertainty: <span>0</span> <i></i> <span>${UNCERTAINTY_WHITE_LEVELS} levels of 255 or more</span></p>`,
      },
    ],
    provenance,
  });
}
