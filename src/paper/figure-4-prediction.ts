/** @file Figure 4 with a network that predicts v: the effect of predicting eps where x_t is almost only noise. */

import { signOf } from "../evaluation/measures.js";
import { html, paragraphs } from "../reports/html.js";
import { LEAST_SHOWN, number } from "./cells.js";
import { type Figure4, rowsBy, samplersOf, toneDifference } from "./figure-4-rows.js";
import type { Results } from "./results.js";

const WORDS = {
  below: "the prediction target is a cause of the tone error by itself",
  above: "predicting eps does not cause the tone shift",
  unclear: "within the error",
};

/**
 * Compares eps with v under the paper's whole schedule: the effect of an error of eps on the image in closed form, and
 * the measurement.
 */
export function predictionSection(figure: Figure4, results: Results) {
  const rowsOf = rowsBy(figure, results);
  return html`<p>The estimate of the image from a predicted eps is (x_t - noise eps) / signal, so an error of eps is amplified by noise / signal:
  1.6 times at -4 dB, 10 times at -20 dB, 56 times at -35 dB. After little training the first estimates consist mostly of this error. Their wrong
  tone persists, because each later step relies on the tone in its x_t. An error of v is not amplified, so a network that predicts v must take the
  tone from the blurry photo from the start.</p>
${paragraphs(
  samplersOf(figure).map((sampler) => {
    const change = toneDifference(rowsOf("v-2000", "gaussian", sampler), rowsOf("eps-2000", "gaussian", sampler));
    return `With ${sampler} sampling, T = 2000, from noise: predicting v instead of eps changes the tone error by ${number(change, 2, true)} levels (${WORDS[signOf(change, LEAST_SHOWN)]}).`;
  }),
)}`;
}
