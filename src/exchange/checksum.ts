/**
 * @file A checksum that detects damage, not malice: FNV-1a over 32-bit words. Each round is a bijection of the current
 * sum and of the word, so a change of any single word changes the result. Runs at about 1 GB/s in plain JavaScript.
 */

const START = 0x811c9dc5;
const PRIME = 0x01000193;

/** Checksum of the concatenated parts; each part must consist of whole, aligned 32-bit words. */
export function checksum(parts: Iterable<Uint8Array>): string {
  let sum = START;
  for (const part of parts) {
    const words = new Uint32Array(part.buffer, part.byteOffset, part.byteLength >> 2);
    for (let i = 0; i < words.length; i++) sum = Math.imul(sum ^ words[i]!, PRIME);
    for (let i = words.length * 4; i < part.byteLength; i++) sum = Math.imul(sum ^ part[i]!, PRIME);
  }
  return (sum >>> 0).toString(16).padStart(8, "0");
}
