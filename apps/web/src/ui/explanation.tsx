/** @file Does the restoration explain the photo? The local blur that turns it back, and how much of the change it accounts for. */
import type { DeblurResult } from "../../../../platform/browser/deblurrer.js";
import { Bitmap } from "./bitmap.js";

export function Explanation({ check }: { readonly check: NonNullable<DeblurResult["check"]> }) {
  return (
    <section aria-label="Does it explain the photo?" class="explanation">
      <h2>Does it explain the photo?</h2>
      <p>{check.explained}</p>
      <Bitmap picture={check.kernels} label="The estimated blur at each place, over the photo" />
    </section>
  );
}
