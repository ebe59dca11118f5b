/** The chunk layer of RTMP (Adobe, "Real Time Messaging Protocol", 2012, section 5.3), as it comes in. */
import { readChunkHead } from './chunk-head.ts';
import { isMedia, messageType, type RtmpMessage } from './message.ts';

export interface ChunkReader {
  feed(bytes: Buffer): Heard;
}

export interface Heard {
  /** The messages that are complete now. */
  readonly messages: readonly RtmpMessage[];
  /** What came after them and makes no sense; the stream is lost then. */
  readonly problem: string | null;
}

const defaultChunkSize = 128;
const maxMessageBytes = 4_194_304;
const maxChunkStreams = 64;
/** Of audio and video: enough to tell a frame from a sequence header. */
const keptMediaBytes = 8;

interface ChunkStream {
  timestamp: number;
  /** What the next message adds to it when its header says nothing. */
  delta: number;
  /** The extended timestamp field as it came, null where there is none. */
  extended: number | null;
  length: number;
  type: number;
  /** What is kept of the message that is under way; null between messages. */
  body: Buffer | null;
  received: number;
}

export function createChunkReader(): ChunkReader {
  const streams = new Map<number, ChunkStream>();
  let chunkSize = defaultChunkSize;
  /** The beginning of a header, at most 17 bytes. */
  let unread: Buffer = Buffer.alloc(0);
  let current: ChunkStream | null = null;
  let leftInChunk = 0;
  /** Bytes that all messages under way may take together. */
  let room = maxMessageBytes;
  let problem: string | null = null;

  /** Steps over the header of a chunk; null when it is cut, a text when it is wrong. */
  function begin(bytes: Buffer): number | string | null {
    const head = readChunkHead(bytes, (id) => streams.get(id));
    if (head === null) return null;
    const known = streams.get(head.chunkStreamId);
    // Some send the first message of a chunk stream with a header of type 1, which lacks a message stream only.
    if (known === undefined && head.format > 1) return 'a chunk that continues no message';
    if (known === undefined && streams.size >= maxChunkStreams) return 'too many chunk streams';
    const stream = known ?? { timestamp: 0, delta: 0, extended: null, length: 0, type: 0, body: null, received: 0 };
    streams.set(head.chunkStreamId, stream);

    if (stream.body === null) {
      stream.length = head.length ?? stream.length;
      stream.type = head.type ?? stream.type;
      stream.extended = head.format === 3 ? stream.extended : head.extended;
      // A type 3 after a type 0 adds nothing: read as a delta, as the letter of 5.3.1.2.4 has it, it would double the time.
      if (head.format === 0) stream.delta = 0;
      else if (head.time !== null) stream.delta = head.time;
      stream.timestamp = head.format === 0 ? (head.time ?? 0) : (stream.timestamp + stream.delta) >>> 0;
      const size = keptBytes(stream.type, stream.length);
      if (stream.length > maxMessageBytes) return 'a message over 4 MB';
      if (size > room) return 'over 4 MB of unfinished messages';
      room -= size;
      stream.body = Buffer.allocUnsafe(size);
      stream.received = 0;
    } else if (head.format !== 3) return 'a message inside a message';

    current = stream;
    leftInChunk = Math.min(chunkSize, stream.length - stream.received);
    return head.bytes;
  }

  function finish(stream: ChunkStream, messages: RtmpMessage[]): string | null {
    const { type, timestamp, length, body } = stream;
    const payload = body ?? Buffer.alloc(0);
    forget(stream);
    messages.push({ type, timestamp, length, payload });
    if (type === messageType.setChunkSize) {
      const size = payload.length < 4 ? 0 : payload.readUInt32BE(0);
      // The highest bit must be zero (5.4.1); more than 16 MB is no more than a whole message.
      if (size === 0 || size > 0x7fffffff) return 'an impossible chunk size';
      chunkSize = size;
    }
    if (type === messageType.abort && payload.length >= 4) {
      const aborted = streams.get(payload.readUInt32BE(0));
      if (aborted !== undefined) forget(aborted);
    }
    return null;
  }

  function forget(stream: ChunkStream): void {
    room += stream.body?.length ?? 0;
    stream.body = null;
  }

  return {
    feed(bytes) {
      const messages: RtmpMessage[] = [];
      let rest = unread.length === 0 ? bytes : Buffer.concat([unread, bytes]);
      unread = rest.subarray(rest.length);
      while (problem === null) {
        if (current === null) {
          const size = begin(rest);
          if (size === null) {
            unread = rest;
            break;
          }
          if (typeof size === 'string') {
            problem = size;
            break;
          }
          rest = rest.subarray(size);
        }
        const stream: ChunkStream | null = current;
        if (stream === null) break;
        const size = Math.min(leftInChunk, rest.length);
        if (stream.body !== null && stream.received < stream.body.length) {
          rest.copy(stream.body, stream.received, 0, size);
        }
        stream.received += size;
        leftInChunk -= size;
        rest = rest.subarray(size);
        if (leftInChunk > 0) break;
        current = null;
        if (stream.received === stream.length) problem = finish(stream, messages);
      }
      return { messages, problem };
    },
  };
}

/** Pictures and sound are counted, not stored, and so is what no monitor reads. */
function keptBytes(type: number, length: number): number {
  if (isMedia(type)) return Math.min(length, keptMediaBytes);
  return readTypes.has(type) ? length : 0;
}

const readTypes: ReadonlySet<number> = new Set([
  messageType.setChunkSize,
  messageType.abort,
  messageType.userControl,
  messageType.windowAckSize,
  messageType.setPeerBandwidth,
  messageType.amf3Command,
  messageType.amf0Command,
  messageType.aggregate,
]);
