/** @file Figure 4's schedules with a network that predicts v: what predicting eps costs where x_t is nearly all noise. */

import { signOf } from "../evaluation/measures.js";
import { html, paragraphs } from "../reports/html.js";
import { number } from "./cells.js";
import { type Figure4, rowsBy, samplersOf, toneDifference } from "./figure-4-rows.js";
import type { Results } from "./results.js";

const WORDS = {
  below: "what the network predicts is a cause of the tone error of its own",
  above: "predicting eps is not what shifts the tone",
  unclear: "within the error",
};

/** eps against v with the paper's whole schedule: in closed form what an error of eps does to the image, and what was measured. */
export function predictionSection(figure: Figure4, results: Results) {
  const rowsOf = rowsBy(figure, results);
  return html`<p>The estimate of the image from a predicted eps is (x_t - noise eps) / signal, so an error of eps comes back noise / signal times as large:
1.6 times at -4 dB, 10 times at -20 dB, 56 times at -35 dB. With little training the first estimates are mostly that error, and what they say about
the tone stays, for each later step believes the tone in its x_t. An error of v comes back at most as large as it is, so such a network must take the
tone from the blurry photo from the start.</p>
${paragraphs(
  samplersOf(figure).map((sampler) => {
    const change = toneDifference(rowsOf("v-2000", "gaussian", sampler), rowsOf("eps-2000", "gaussian", sampler));
    return `With ${sampler} sampling, T = 2000, from noise: predicting v instead of eps changes the tone error by ${number(change, 2, true)} levels (${WORDS[signOf(change)]}).`;
  }),
)}`;
}
