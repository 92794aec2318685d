import { createRequire } from "node:module";

/** Of this package. */
export const { version: unblurVersion } = createRequire(import.meta.url)("unblur-photo/package.json") as {
  version: string;
};
