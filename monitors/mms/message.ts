/**
 * Messages of MMS over TCP ([MS-MMSP], sections 2.2.3 and 2.2.4), all numbers little-endian: a head of 40 bytes that ends
 * with the kind (MID), then the fields of that kind, the whole a multiple of 8 bytes.
 */
export interface Message {
  readonly kind: number;
  /** The result in most answers; 0 is success. */
  readonly hr: number;
  /** The whole message. */
  readonly bytes: Buffer;
}

export const kinds = {
  connect: 0x00030001,
  connectFunnel: 0x00030002,
  openFile: 0x00030005,
  funnelInfo: 0x00030018,
  pong: 0x0003001b,
  connected: 0x00040001,
  funnelConnected: 0x00040002,
  funnelRefused: 0x00040003,
  fileOpened: 0x00040006,
  funnelInfoReport: 0x00040015,
  securityChallenge: 0x0004001a,
  ping: 0x0004001b,
} as const;

const headBytes = 40;
/** The offset of `hr` after the header. */
const leastBytes = 48;
/** `messageLength` counts from here. */
const countedFrom = 16;
export const maxMessageBytes = 65_536;

/** Constant fields of every header, by offset: version 1, the session, the seal. */
const fixed = [
  { at: 0, bytes: Buffer.from([0x01]) },
  { at: 4, bytes: Buffer.from([0xce, 0xfa, 0x0b, 0xb0]) },
  { at: 12, bytes: Buffer.from('MMS ', 'latin1') },
];

export type Taken =
  | { readonly messages: readonly Message[]; readonly rest: Buffer }
  /** True if the data is invalid from the first byte of `rest`. */
  | { readonly fault: 'another protocol' | 'bad length'; readonly messages: readonly Message[]; readonly rest: Buffer };

/** The complete messages at the start of the received data. */
export function takeMessages(bytes: Buffer): Taken {
  const messages: Message[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    if (!mayBeHead(rest)) return { fault: 'another protocol', messages, rest };
    if (rest.length < headBytes) break;
    const length = rest.readUInt32LE(8) + countedFrom;
    if (length < leastBytes || length > maxMessageBytes || length % 8 !== 0) {
      return { fault: 'bad length', messages, rest };
    }
    if (rest.length < length) break;
    const message = rest.subarray(0, length);
    messages.push({ kind: message.readUInt32LE(36), hr: message.readUInt32LE(40), bytes: message });
    rest = rest.subarray(length);
  }
  return { messages, rest };
}

function mayBeHead(bytes: Buffer): boolean {
  return fixed.every(({ at, bytes: wanted }) => {
    const seen = bytes.subarray(at, at + wanted.length);
    return wanted.subarray(0, seen.length).equals(seen);
  });
}

/** Builds a message: `numbers` after the header, then a text as NUL-terminated UTF-16. */
export function messageOf(kind: number, sequence: number, numbers: readonly number[], text: string | null): Buffer {
  const words = text === null ? Buffer.alloc(0) : Buffer.from(`${text}\0`, 'utf16le');
  const length = Math.ceil((headBytes + 4 * numbers.length + words.length) / 8) * 8;
  const message = Buffer.alloc(length);
  for (const { at, bytes } of fixed) bytes.copy(message, at);
  message.writeUInt32LE(length - countedFrom, 8);
  message.writeUInt32LE((length - countedFrom) / 8, 16);
  message.writeUInt16LE(sequence, 20);
  message.writeUInt32LE((length - 32) / 8, 32);
  message.writeUInt32LE(kind, 36);
  numbers.forEach((number, index) => {
    message.writeUInt32LE(number, headBytes + 4 * index);
  });
  words.copy(message, headBytes + 4 * numbers.length);
  return message;
}

/** The server's version, if reported ([MS-MMSP], section 2.2.4.2); null: not reported. */
export function serverVersion({ kind, bytes }: Message): string | null {
  if (kind !== kinds.connected || bytes.length < 100) return null;
  const end = 96 + 2 * Math.min(bytes.readUInt32LE(80), 32);
  return /^\d+(?:\.\d+){1,3}/.exec(bytes.toString('utf16le', 96, end))?.[0] ?? null;
}
