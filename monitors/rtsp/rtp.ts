export interface RtpHead {
  readonly payloadType: number;
  readonly timestamp: number;
  readonly source: number;
}

/** Parses the fixed header of an RTP packet (RFC 3550, section 5.1); null: not RTP. */
export function readRtp(bytes: Buffer): RtpHead | null {
  if (bytes.length < 12 || (bytes[0] ?? 0) >> 6 !== 2) return null;
  return {
    payloadType: (bytes[1] ?? 0) & 0x7f,
    timestamp: bytes.readUInt32BE(4),
    source: bytes.readUInt32BE(8),
  };
}

/** True if later on a 32-bit clock that wraps. */
export function isLater(timestamp: number, than: number): boolean {
  return ((timestamp - than) | 0) > 0;
}
