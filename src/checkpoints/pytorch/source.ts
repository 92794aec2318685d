/** @file Where a checkpoint's bytes come from: a file read in places, or bytes in memory. */

export interface CheckpointSource {
  /** In bytes. */
  readonly size: number;
  /** Bytes from `offset`, `length` of them or as many as there are. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

export const sourceFromBytes = (bytes: Uint8Array): CheckpointSource => ({
  size: bytes.length,
  read: async (offset, length) => bytes.subarray(offset, offset + length),
});
