import { looksLikeRtsp, type RtspHead, readHeaders, readRtspHead } from './answer.ts';

export type Message =
  | { readonly kind: 'answer'; readonly head: RtspHead; readonly body: string }
  /** A frame between the answers: `$`, channel, length, bytes (RFC 2326, section 10.12). */
  | { readonly kind: 'frame'; readonly channel: number; readonly bytes: Buffer }
  /** Servers may ask, too; nobody needs our answer in the short time. */
  | { readonly kind: 'request' };

export type Fault =
  | { readonly fault: 'not RTSP'; readonly got: string }
  | { readonly fault: 'length'; readonly got: string }
  | { readonly fault: 'too long' };

export interface MessageReader {
  /** What became whole with these bytes. After a fault nothing more is read. */
  feed(chunk: Buffer): readonly (Message | Fault)[];
  /** What is not whole yet. */
  rest(): Buffer;
}

const dollar = 0x24;
const frameHeadBytes = 4;
export const maxMessageBytes = 65_536;

const empty: Buffer = Buffer.alloc(0);

export function createMessageReader(): MessageReader {
  let bytes = empty;
  /** So much of a head was searched for its end. */
  let searched = 0;
  let answered = false;
  let broken = false;

  function take(size: number): Buffer {
    const taken = bytes.subarray(0, size);
    bytes = bytes.subarray(size);
    searched = 0;
    return taken;
  }

  function readOne(): Message | Fault | null {
    // Some servers end a body with more line ends than they count.
    while (bytes[0] === 0x0d || bytes[0] === 0x0a) take(1);
    if (bytes.length === 0) return null;
    return bytes[0] === dollar && answered ? readFrame() : readText();
  }

  function readFrame(): Message | null {
    if (bytes.length < frameHeadBytes) return null;
    const size = frameHeadBytes + bytes.readUInt16BE(2);
    if (bytes.length < size) return null;
    const frame = take(size);
    return { kind: 'frame', channel: frame[1] ?? 0, bytes: frame.subarray(frameHeadBytes) };
  }

  function readText(): Message | Fault | null {
    const headBytes = endOfHead(bytes, Math.max(0, searched - 3));
    if (headBytes === null) {
      searched = bytes.length;
      return bytes.length >= maxMessageBytes ? { fault: 'too long' } : null;
    }
    const text = bytes.toString('latin1', 0, headBytes);
    const head = answered && isRequest(text) ? null : readAnswer(text);
    if (head === 'malformed') return { fault: 'not RTSP', got: text };
    const { headers } = head ?? readHeaders(text.split(/\r?\n/));
    const length = bodyLength(headers.get('content-length'));
    if (typeof length !== 'number') return length;
    if (headBytes + length > maxMessageBytes) return { fault: 'too long' };
    if (bytes.length < headBytes + length) return null;
    take(headBytes);
    const body = take(length).toString('utf8');
    if (head === null) return { kind: 'request' };
    answered = true;
    return { kind: 'answer', head, body };
  }

  return {
    feed(chunk) {
      if (broken) return [];
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      const read: (Message | Fault)[] = [];
      for (let one = readOne(); one !== null; one = readOne()) {
        read.push(one);
        broken = 'fault' in one;
        if (broken) break;
      }
      return read;
    },
    rest: () => bytes,
  };
}

/** After the blank line, with LF or CRLF; null: it is not there yet. */
function endOfHead(bytes: Buffer, from: number): number | null {
  for (let at = bytes.indexOf(0x0a, from); at !== -1; at = bytes.indexOf(0x0a, at + 1)) {
    if (bytes[at + 1] === 0x0a) return at + 2;
    if (bytes[at + 1] === 0x0d && bytes[at + 2] === 0x0a) return at + 3;
  }
  return null;
}

function readAnswer(text: string): RtspHead | 'malformed' {
  return (looksLikeRtsp(text) ? readRtspHead(text) : null) ?? 'malformed';
}

/** Only who has answered us may ask. */
function isRequest(text: string): boolean {
  return /^[A-Z_]{3,20} \S+ RTSP\/\d\.\d\r?\n/.test(text);
}

/** Absent means none, on errors too (RFC 2326, section 12.14). */
function bodyLength(value: string | undefined): number | Fault {
  if (value === undefined) return 0;
  return /^\d{1,9}$/.test(value) ? Number(value) : { fault: 'length', got: value };
}
