/** What stands before the bytes of a chunk (RTMP 5.3.1). */
export interface ChunkHead {
  readonly format: number;
  readonly chunkStreamId: number;
  /** The timestamp of a type 0, the delta of a type 1 or 2; null in a type 3. */
  readonly time: number | null;
  /** The extended timestamp field; null where there is none. */
  readonly extended: number | null;
  /** Of the message; null when it is that of the message before. */
  readonly length: number | null;
  readonly type: number | null;
  readonly bytes: number;
}

/** What a header takes over from the message before it in the same chunk stream. */
export interface Before {
  readonly extended: number | null;
  /** null between messages. */
  readonly body: Buffer | null;
}

/** A timestamp field of this value is followed by one of 32 bits. */
const seeExtended = 0xffffff;
/** Bytes of the message header by chunk format 0-3. */
const fieldBytes = [11, 7, 3, 0] as const;

/** null: the header is not complete. */
export function readChunkHead(bytes: Buffer, before: (chunkStreamId: number) => Before | undefined): ChunkHead | null {
  const basic = readBasicHeader(bytes);
  if (basic === null) return null;
  const { format, chunkStreamId, size } = basic;
  const fieldsEnd = size + (fieldBytes[format] ?? 0);
  if (bytes.length < fieldsEnd) return null;

  const field = format === 3 ? null : bytes.readUIntBE(size, 3);
  const last = before(chunkStreamId);
  const isExtended = format === 3 ? (last?.extended ?? null) !== null : field === seeExtended;
  if (isExtended && bytes.length < fieldsEnd + 4) return null;
  let extended = isExtended ? bytes.readUInt32BE(fieldsEnd) : null;
  // Most repeat it in the chunks that continue a message, and some do not: then these are bytes of the message.
  const repeats = format !== 3 || (last?.body ?? null) === null || extended === last?.extended;
  if (!repeats) extended = null;

  return {
    format,
    chunkStreamId,
    time: field === seeExtended ? extended : field,
    extended,
    length: format <= 1 ? bytes.readUIntBE(size + 3, 3) : null,
    type: format <= 1 ? bytes.readUInt8(size + 6) : null,
    bytes: fieldsEnd + (extended === null ? 0 : 4),
  };
}

/** Ids 2-63 take one byte, 64-319 two, up to 65599 three (5.3.1.1). */
function readBasicHeader(bytes: Buffer): { format: number; chunkStreamId: number; size: number } | null {
  const first = bytes[0];
  if (first === undefined) return null;
  const format = first >> 6;
  const id = first & 0x3f;
  if (id > 1) return { format, chunkStreamId: id, size: 1 };
  const second = bytes[1];
  if (second === undefined) return null;
  if (id === 0) return { format, chunkStreamId: second + 64, size: 2 };
  const third = bytes[2];
  return third === undefined ? null : { format, chunkStreamId: third * 256 + second + 64, size: 3 };
}
