/** The chunk layer of RTMP (Adobe, "Real Time Messaging Protocol", 2012, section 5.3). */
export interface RtmpMessage {
  readonly type: number;
  readonly payload: Buffer;
}

export interface ChunkReader {
  /** The messages that are complete now; a text says what is wrong, and then the stream is lost. */
  feed(bytes: Buffer): readonly RtmpMessage[] | string;
}

export const messageType = { setChunkSize: 1, abort: 2, amf3Command: 17, amf0Command: 20 } as const;

const defaultChunkSize = 128;
const maxChunkSize = 16_777_216;
const maxMessageBytes = 4_194_304;
const maxChunkStreams = 64;
const extendedTimestamp = 0xffffff;
/** Bytes of the message header by chunk format 0-3. */
const headerBytes = [11, 7, 3, 0] as const;

interface ChunkStream {
  extended: boolean;
  length: number;
  type: number;
  parts: Buffer[];
  received: number;
}

interface ChunkHead {
  readonly format: number;
  readonly streamId: number;
  /** Where the message header begins. */
  readonly at: number;
}

export function createChunkReader(): ChunkReader {
  const streams = new Map<number, ChunkStream>();
  let chunkSize = defaultChunkSize;
  let rest: Buffer = Buffer.alloc(0);

  /** How many bytes of `rest` the next chunk took; 0 when it is not complete; or what is wrong. */
  function readChunk(messages: RtmpMessage[]): number | string {
    const head = readHead(rest);
    if (head === null) return 0;
    const fieldsEnd = head.at + (headerBytes[head.format] ?? 0);
    if (rest.length < fieldsEnd) return 0;

    const known = streams.get(head.streamId);
    if (known === undefined && head.format !== 0) return 'a chunk that continues no message';
    if (known === undefined && streams.size >= maxChunkStreams) return 'too many chunk streams';
    // Nothing is kept of a header before its chunk is whole: it will be read again.
    const extended = head.format === 3 ? (known?.extended ?? false) : rest.readUIntBE(head.at, 3) === extendedTimestamp;
    const length = head.format <= 1 ? rest.readUIntBE(head.at + 3, 3) : (known?.length ?? 0);
    const type = head.format <= 1 ? rest.readUInt8(head.at + 6) : (known?.type ?? 0);
    if (length > maxMessageBytes) return 'a message over 4 MB';

    const received = known?.received ?? 0;
    if (received > 0 && head.format !== 3) return 'a message inside a message';
    const dataAt = fieldsEnd + (extended ? 4 : 0);
    const size = Math.min(chunkSize, length - received);
    if (rest.length < dataAt + size) return 0;

    const stream = known ?? { extended, length, type, parts: [], received: 0 };
    streams.set(head.streamId, Object.assign(stream, { extended, length, type }));
    stream.parts.push(rest.subarray(dataAt, dataAt + size));
    stream.received += size;
    if (stream.received === length) {
      const payload = Buffer.concat(stream.parts);
      forget(stream);
      const problem = control(type, payload);
      if (problem !== null) return problem;
      messages.push({ type, payload });
    }
    return dataAt + size;
  }

  function control(type: number, payload: Buffer): string | null {
    if (type === messageType.setChunkSize) {
      const size = payload.length < 4 ? 0 : payload.readUInt32BE(0);
      // The highest bit must be zero (5.4.1).
      if (size === 0 || size > 0x7fffffff) return 'an impossible chunk size';
      chunkSize = Math.min(size, maxChunkSize);
    }
    if (type === messageType.abort && payload.length >= 4) {
      const aborted = streams.get(payload.readUInt32BE(0));
      if (aborted !== undefined) forget(aborted);
    }
    return null;
  }

  return {
    feed(bytes) {
      rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      const messages: RtmpMessage[] = [];
      for (;;) {
        const taken = readChunk(messages);
        if (typeof taken === 'string') return taken;
        if (taken === 0) return messages;
        rest = rest.subarray(taken);
      }
    },
  };
}

function forget(stream: ChunkStream): void {
  stream.parts = [];
  stream.received = 0;
}

/** The basic header (5.3.1.1): ids 2-63 in one byte, 64-319 in two, up to 65599 in three. */
function readHead(bytes: Buffer): ChunkHead | null {
  const first = bytes[0];
  if (first === undefined) return null;
  const format = first >> 6;
  const id = first & 0x3f;
  if (id > 1) return { format, streamId: id, at: 1 };
  const second = bytes[1];
  if (second === undefined) return null;
  if (id === 0) return { format, streamId: second + 64, at: 2 };
  const third = bytes[2];
  return third === undefined ? null : { format, streamId: third * 256 + second + 64, at: 3 };
}

/** One message as chunks of the default size: a type 0 header, then type 3. */
export function encodeMessage(type: number, payload: Buffer, chunkStream = 3): Buffer {
  const head = Buffer.alloc(12);
  head[0] = chunkStream;
  head.writeUIntBE(payload.length, 4, 3);
  head[7] = type;
  const parts = [head, payload.subarray(0, defaultChunkSize)];
  for (let at = defaultChunkSize; at < payload.length; at += defaultChunkSize) {
    parts.push(Buffer.from([0xc0 | chunkStream]), payload.subarray(at, at + defaultChunkSize));
  }
  return Buffer.concat(parts);
}
