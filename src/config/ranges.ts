/** Ranges of addresses as networks: plain numbers, 4 or 16 bytes each. */

export interface Block {
  readonly bytes: readonly number[];
  readonly prefix: number;
}

/**
 * The fewest networks that have exactly the addresses from `first` to `last` in them, both ends included, in their
 * order; never more than two for each bit. None has the prefix length 0: packet filters do not all know it.
 */
export function networksBetween(first: readonly number[], last: readonly number[]): readonly Block[] {
  const bits = first.length * 8;
  const end = numberOf(last);
  const blocks: Block[] = [];
  let at = numberOf(first);
  while (at <= end) {
    let free = 0;
    // Grows while the block begins on a multiple of its size, and ends within the range.
    while (free < bits - 1 && (at & (1n << BigInt(free))) === 0n && at + (2n << BigInt(free)) - 1n <= end) free += 1;
    blocks.push({ bytes: bytesOf(at, first.length), prefix: bits - free });
    at += 1n << BigInt(free);
  }
  return blocks;
}

function numberOf(bytes: readonly number[]): bigint {
  return bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

function bytesOf(number: bigint, length: number): readonly number[] {
  return Array.from({ length }, (_, at) => Number((number >> BigInt((length - 1 - at) * 8)) & 0xffn));
}
