/** @file Bytes that are kept in sources as text. */

/** In a loop: an iterator over the letters takes milliseconds that a first picture waits for. */
export function bytesFromBase64(text: string): Uint8Array<ArrayBuffer> {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}
