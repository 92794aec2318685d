/** @file The page. */
import type { Deblurrer } from "../../../../platform/browser/deblurrer.js";

export interface AppProps {
  readonly deblurrer: Deblurrer;
}

export function App(_: AppProps) {
  return <main>unblur</main>;
}
