/** @file Text and numbers at places in a file's bytes, as the headers of picture formats hold them. */

/** The bytes from `at` on as text in Latin-1; shorter where the file ends. */
export const textAt = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));

/** Whether `text`, one byte a character, stands at `at`. */
export const beginsWith = (bytes: Uint8Array, text: string, at = 0): boolean => textAt(bytes, at, text.length) === text;

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
