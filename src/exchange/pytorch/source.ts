/** @file Source of a checkpoint's bytes: a file that is read in parts, or bytes in memory. */

export interface CheckpointSource {
  /** Size in bytes. */
  readonly size: number;
  /** Returns `length` bytes from `offset`, fewer at the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

export const sourceFromBytes = (bytes: Uint8Array): CheckpointSource => ({
  size: bytes.length,
  read: async (offset, length) => bytes.subarray(offset, offset + length),
});
