/** @file What is said of a file that is damaged, hostile or of another kind. */
import { UnblurError } from "../../base/errors.js";

export const damaged = (where: string, what: string): UnblurError =>
  new UnblurError(
    "checkpoint",
    `${where}: not a readable PyTorch file: ${what}; copy it again or use another checkpoint`,
  );

/** A text from the file, fit to be printed: quoted, its control characters escaped, not longer than a line. */
export const quoted = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}...` : text);
