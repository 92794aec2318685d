/** @file Errors for a file that is damaged, hostile or of another kind. */
import { UnblurError } from "../../base/errors.js";

export const damaged = (where: string, what: string): UnblurError =>
  new UnblurError(
    "checkpoint",
    `${where}: not a readable PyTorch file: ${what}; copy it again or use another checkpoint`,
  );

const LONGEST = 60;

/** Text from the file made printable: quoted, with control characters escaped, shorter than a line. */
export function quoted(text: string): string {
  const all = JSON.stringify(text);
  return all.length > LONGEST + 2 ? `${all.slice(0, LONGEST)}..."` : all;
}
