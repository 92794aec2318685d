/** @file Result of the check: the local blur between photo and restoration, and how much of the photo it explains. */
import type { DeblurResult } from "../../../../platform/browser/deblurrer.js";
import { SCALE_BAR_PX } from "../../../../src/reports/kernel-picture.js";
import { Bitmap } from "./bitmap.js";
import { sentence } from "./status.js";

export function Explanation({ check }: { readonly check: NonNullable<DeblurResult["check"]> }) {
  return (
    <section aria-label="Does it explain the photo?" class="explanation">
      <h2>Does it explain the photo?</h2>
      <p>
        {sentence(check.explained)}. The white bar below each kernel is as long as {SCALE_BAR_PX} pixels of blur.
        Kernels in places without detail are noise.
      </p>
      <Bitmap picture={check.kernels} label="The estimated blur at each place, over the photo" />
    </section>
  );
}
