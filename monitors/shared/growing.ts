export interface Growing {
  /** False: it does not fit and is truncated. */
  add(chunk: Buffer): boolean;
  isFull(): boolean;
  bytes(): Buffer;
}

/** One buffer that doubles: a body may arrive in one-byte pieces, and keeping the pieces would take a hundred times the memory. */
export function growing(maxBytes: number): Growing {
  let buffer = Buffer.alloc(Math.min(1024, maxBytes));
  let size = 0;
  return {
    add(chunk) {
      const end = Math.min(size + chunk.length, maxBytes);
      if (end > buffer.length) {
        const larger = Buffer.alloc(Math.min(maxBytes, Math.max(end, 2 * buffer.length)));
        buffer.copy(larger, 0, 0, size);
        buffer = larger;
      }
      chunk.copy(buffer, size, 0, end - size);
      const fits = size + chunk.length <= maxBytes;
      size = end;
      return fits;
    },
    isFull: () => size === maxBytes,
    bytes: () => buffer.subarray(0, size),
  };
}
