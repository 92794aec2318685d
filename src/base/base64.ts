/** @file Base64 text, the form in which sources hold binary data. */

/** Decodes base64. A plain loop: an iterator over the characters would delay the first picture by milliseconds. */
export function bytesFromBase64(text: string): Uint8Array<ArrayBuffer> {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}
