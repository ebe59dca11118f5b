/** The mail server of the lab: keeps each mail, taken apart, and can be shut so that connections are refused. */
import { once } from 'node:events';
import * as net from 'node:net';
import { startSink } from '../../alerts/smtp-sink.ts';

export interface Mail {
  readonly subject: string;
  readonly messageId: string;
  readonly inReplyTo: string | null;
  readonly references: readonly string[];
  readonly to: readonly string[];
  /** The plain text, decoded. */
  readonly text: string;
}

export interface PostOffice {
  readonly port: number;
  /** In the order in which they came, since the last `clear`. */
  mails(): readonly Mail[];
  clear(): void;
  open(): Promise<void>;
  shut(): Promise<void>;
  close(): Promise<void>;
}

export async function openPostOffice(port: number): Promise<PostOffice> {
  const sink = await startSink();
  const doors = new Set<net.Socket>();
  let door: net.Server | null = null;
  let seen = 0;

  // A door in front of the sink: only a closed port refuses as a dead mail server does.
  const open = async (): Promise<void> => {
    if (door !== null) return;
    door = net.createServer((outside) => {
      const inside = net.connect(sink.port, '127.0.0.1');
      for (const socket of [outside, inside]) {
        doors.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          doors.delete(socket);
          outside.destroy();
          inside.destroy();
        });
      }
      outside.pipe(inside);
      inside.pipe(outside);
    });
    door.listen(port, '127.0.0.1');
    await once(door, 'listening');
  };
  const shut = async (): Promise<void> => {
    const closing = door;
    if (closing === null) return;
    door = null;
    const closed = once(closing, 'close');
    closing.close();
    for (const socket of doors) socket.destroy();
    await closed;
  };

  await open();
  return {
    port,
    mails: () => sink.mails.slice(seen).map(({ to, raw }) => parseMail(to, raw)),
    clear: () => {
      seen = sink.mails.length;
    },
    open,
    shut,
    close: async () => {
      await shut();
      await sink.close();
    },
  };
}

function parseMail(to: readonly string[], raw: string): Mail {
  const [head, body] = halves(raw);
  const headers = headersOf(head);
  const boundary = /boundary="?([^";]+)/i.exec(headers.get('content-type') ?? '')?.[1];
  const parts = boundary === undefined ? [raw] : body.split(`--${boundary}`).map((part) => part.replace(/^\r\n/, ''));
  const plain = parts.find((part) => /^content-type: text\/plain/im.test(halves(part)[0])) ?? raw;
  const references = headers.get('references')?.match(/<[^>]+>/g) ?? [];
  return {
    subject: headers.get('subject') ?? '',
    messageId: headers.get('message-id') ?? '',
    inReplyTo: headers.get('in-reply-to') ?? null,
    references,
    to,
    text: decoded(halves(plain)[1]),
  };
}

function halves(text: string): readonly [string, string] {
  const at = text.indexOf('\r\n\r\n');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 4)];
}

function headersOf(head: string): ReadonlyMap<string, string> {
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  return new Map(
    lines.map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    }),
  );
}

/** Quoted-printable (RFC 2045 6.7) of UTF-8, which is what the product writes. */
function decoded(body: string): string {
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8').replaceAll('\r\n', '\n');
}
