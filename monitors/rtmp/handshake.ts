import { quote } from '../shared/quote.ts';

export const version = 3;
export const packetBytes = 1536;
/** S0, S1 and S2. */
export const replyBytes = 1 + 2 * packetBytes;

/**
 * C0 and C1 of the simple handshake (RTMP 5.2): version, a time of zero, four zeros, then bytes that the
 * specification wants random only to tell echoes apart; S2 is not compared, since real servers do not echo.
 */
export const hello = Buffer.alloc(1 + packetBytes, 'understudy');
hello[0] = version;
hello.fill(0, 1, 9);

/** C2: the server's own packet, sent back. */
export function echo(reply: Buffer): Buffer {
  return reply.subarray(1, 1 + packetBytes);
}

/** A lone byte is a version number, more is likely another protocol. */
export function gotInstead(reply: Buffer): string {
  return reply.length === 1 || quote(reply) === 'binary data' ? `version ${reply[0]}` : quote(reply);
}
