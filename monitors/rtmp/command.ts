/** The commands of a viewer, and the answers to them (RTMP 7.2). */
import { type AmfObject, type AmfValue, decodeAmf0, encodeAmf0, isObject } from './amf0.ts';
import { encodeMessage, messageType, type RtmpMessage } from './message.ts';

/** Which answer belongs to which command; `connect` has 1 by definition (7.2.1.1). */
export const transaction = { none: 0, connect: 1, createStream: 2, play: 3 } as const;

/** Live or recorded, whichever there is: what a viewer's player asks for (7.2.2.1). */
const liveOrRecorded = -2;
/** Above those of the control messages and of `connect`, where players have it too. */
const playChunkStream = 8;

export interface Command {
  readonly name: string;
  readonly transaction: number | null;
  /** A number where a stream was created. */
  readonly result: AmfValue | undefined;
  readonly info: AmfObject | undefined;
}

/** null: the message is no command, or one that applications made up and that we cannot read. */
export function readCommand(message: RtmpMessage): Command | 'broken' | null {
  const payload = commandPayload(message);
  if (payload === null) return null;
  const values = decodeAmf0(payload);
  const [name, number] = values ?? [];
  if (values === null) return isMadeUp(payload) ? null : 'broken';
  if (typeof name !== 'string') return 'broken';
  return {
    name,
    transaction: typeof number === 'number' ? number : null,
    result: values[3],
    info: values.slice(2).findLast(isObject),
  };
}

/** The names of all answers to us. */
const answers: ReadonlySet<string> = new Set(['_result', '_error', 'onStatus']);

/** Applications call their clients by any name, with values of any kind, AMF3 among them. */
function isMadeUp(payload: Buffer): boolean {
  const [name] = decodeAmf0(payload.subarray(0, 3 + (payload.length < 3 ? 0 : payload.readUInt16BE(1)))) ?? [];
  return typeof name === 'string' && name !== '' && !answers.has(name);
}

function commandPayload({ type, payload }: RtmpMessage): Buffer | null {
  if (type === messageType.amf0Command) return payload;
  // An AMF3 command begins with a format byte, of which only 0, "AMF0 follows", is in use.
  return type === messageType.amf3Command && payload[0] === 0 ? payload.subarray(1) : null;
}

export function textOf(value: AmfValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function connectCommand(app: string, tcUrl: string): Buffer {
  const object = new Map<string, AmfValue>([
    ['app', app],
    // Shown in the server's list of viewers.
    ['flashVer', 'understudy'],
    ['tcUrl', tcUrl],
    ['fpad', false],
    ['capabilities', 15],
    ['audioCodecs', 4071],
    ['videoCodecs', 252],
    ['videoFunction', 1],
    ['objectEncoding', 0],
  ]);
  return command(['connect', transaction.connect, object]);
}

export function createStreamCommand(): Buffer {
  return command(['createStream', transaction.createStream, null]);
}

export function playCommand(stream: number, name: string): Buffer {
  const values = encodeAmf0(['play', transaction.play, null, name, liveOrRecorded]);
  return encodeMessage(messageType.amf0Command, values, playChunkStream, stream);
}

export function deleteStreamCommand(stream: number): Buffer {
  return command(['deleteStream', transaction.none, null, stream]);
}

function command(values: readonly AmfValue[]): Buffer {
  return encodeMessage(messageType.amf0Command, encodeAmf0(values));
}
