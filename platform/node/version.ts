import { createRequire } from "node:module";

/** Of this package. */
export const { version: unblurVersion } = createRequire(import.meta.url)("unblur/package.json") as { version: string };
