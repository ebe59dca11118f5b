/** RTMP messages (Adobe, "Real Time Messaging Protocol", 2012, sections 5.4 and 7.1). */
export interface RtmpMessage {
  readonly type: number;
  /** In ms, 32 bits, from an arbitrary zero. */
  readonly timestamp: number;
  /** Of the whole message. */
  readonly length: number;
  /** What is kept of it: the first bytes of audio and video, nothing of what is not read here. */
  readonly payload: Buffer;
}

export const messageType = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAckSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  amf3Data: 15,
  amf3Command: 17,
  amf0Data: 18,
  amf0Command: 20,
  aggregate: 22,
} as const;

/** Event types of a user control message (7.1.7). */
export const userControl = {
  streamBegin: 0,
  streamEof: 1,
  setBufferLength: 3,
  pingRequest: 6,
  pingResponse: 7,
} as const;

export function isMedia(type: number): boolean {
  return type === messageType.audio || type === messageType.video;
}

/** Type, length, timestamp with its highest byte last, stream; and after the bytes their length again (7.1.6). */
const tagHeadBytes = 11;
const tagTailBytes = 4;

/** The messages inside an aggregate, on its own clock; what is cut at the end is left out. */
export function splitAggregate({ timestamp, payload }: RtmpMessage): readonly RtmpMessage[] {
  const messages: RtmpMessage[] = [];
  let first: number | null = null;
  for (let at = 0; at + tagHeadBytes <= payload.length; ) {
    const length = payload.readUIntBE(at + 1, 3);
    const own = (payload.readUIntBE(at + 4, 3) | (payload.readUInt8(at + 7) << 24)) >>> 0;
    const bodyAt = at + tagHeadBytes;
    if (bodyAt + length > payload.length) break;
    first ??= own;
    messages.push({
      type: payload.readUInt8(at),
      timestamp: (timestamp + own - first) >>> 0,
      length,
      payload: payload.subarray(bodyAt, bodyAt + length),
    });
    at = bodyAt + length + tagTailBytes;
  }
  return messages;
}

const defaultChunkSize = 128;

/** One message as chunks of the default size: a type 0 header, then type 3. */
export function encodeMessage(type: number, payload: Buffer, chunkStream = 3, messageStream = 0): Buffer {
  const head = Buffer.alloc(12);
  head[0] = chunkStream;
  head.writeUIntBE(payload.length, 4, 3);
  head[7] = type;
  // The one number that is little-endian (5.3.1.2.1).
  head.writeUInt32LE(messageStream, 8);
  const parts = [head, payload.subarray(0, defaultChunkSize)];
  for (let at = defaultChunkSize; at < payload.length; at += defaultChunkSize) {
    parts.push(Buffer.from([0xc0 | chunkStream]), payload.subarray(at, at + defaultChunkSize));
  }
  return Buffer.concat(parts);
}

/** A protocol control message of one number, on the chunk stream that is theirs (5.4). */
export function encodeControl(type: number, value: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(value >>> 0);
  return encodeMessage(type, payload, 2);
}

export function encodeUserControl(event: number, body: Buffer): Buffer {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(event);
  return encodeMessage(messageType.userControl, Buffer.concat([head, body]), 2);
}
