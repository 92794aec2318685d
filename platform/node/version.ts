import { createRequire } from "node:module";

/** Version of this package. */
export const { version: unblurVersion } = createRequire(import.meta.url)("unblur-photo/package.json") as {
  version: string;
};
