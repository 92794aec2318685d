/** @file Text and numbers at places in a file's bytes, as the headers of picture formats hold them. */

/** The bytes from `at` on as text in Latin-1; shorter where the file ends. */
export const textAt = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));

/** Whether `text`, one byte a character, stands at `at`. */
export function beginsWith(bytes: Uint8Array, text: string, at = 0): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A byte for each character of `text`, which is in Latin-1. */
export const latin1Bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Where `text`, one byte a character, first stands from `from` on; -1 if nowhere. */
export function indexOfText(bytes: Uint8Array, text: string, from = 0): number {
  const first = text.charCodeAt(0);
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1))
    if (beginsWith(bytes, text, at)) return at;
  return -1;
}
