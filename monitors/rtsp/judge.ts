import type { Verdict } from '../../src/plugin/plugin.ts';
import { plain, quote } from '../shared/quote.ts';
import { fail, verdict } from '../shared/verdicts.ts';
import type { RtspHead } from './answer.ts';
import type { Fault } from './messages.ts';
import type { Motion } from './motion.ts';
import type { Track } from './sdp.ts';
import type { Refusal } from './signing.ts';

export type Method = 'OPTIONS' | 'DESCRIBE' | 'SETUP' | 'PLAY' | 'TEARDOWN';

export function statusLine({ status, reason }: RtspHead): string {
  return plain(`${status} ${reason}`);
}

/** The verdict on an answer that is neither 2xx nor 3xx nor 401. */
export function refused(method: Method, head: RtspHead): Verdict {
  const line = statusLine(head);
  if (head.status === 453 || head.status === 503) return verdict('overloaded', `overloaded: ${line}`);
  // To OPTIONS the path hardly matters: a server that stumbles over it is another fault than a stream that is gone.
  if (method === 'OPTIONS') return fail(`expected 200, got ${quote(line)}`);
  switch (head.status) {
    case 404:
    case 410:
      return fail('stream missing', `${line} to ${method}`);
    case 454:
      return fail('session lost', `${line} to ${method}`);
    case 461:
      return fail('no transport in common', `${line} to ${method}`);
    default:
      return fail(`expected 200 to ${method}, got ${quote(line)}`);
  }
}

export function notLetIn(why: Refusal, head: RtspHead): Verdict {
  const line = statusLine(head);
  switch (why) {
    case 'no credentials':
      return fail('needs credentials', `${line}: the check has no user and password`);
    case 'bad credentials':
      return fail('bad credentials', `${line}: the server does not take this user and password`);
    case 'no scheme in common':
      return fail(`expected Basic or Digest, got ${quote(head.challenges.join(', '))}`, line);
    default:
      return why satisfies never;
  }
}

/** Quotes the first line alone, so that it does not matter how much had come when it was judged. */
export function notRtsp(text: string): Verdict {
  const [line = ''] = text.split(/[\r\n]/, 1);
  return fail(`expected RTSP, got ${quote(line.slice(0, 80))}`);
}

export function broken(fault: Fault): Verdict {
  switch (fault.fault) {
    case 'not RTSP':
      return notRtsp(fault.got);
    case 'length':
      return fail(`expected a Content-Length, got ${quote(fault.got)}`);
    case 'too long':
      return fail('answer longer than 64 kB');
    default:
      return fault satisfies never;
  }
}

/** How much of it moved, for a verdict of either kind. */
export function measuresOf({ packets, firstMs }: Motion): Readonly<Record<string, number>> {
  const first = firstMs === null ? {} : { first_rtp_ms: Math.round(firstMs) };
  return { ...first, rtp_packets: packets };
}

export function notMoving(track: Track, motion: Motion, transport: string): Verdict {
  const { packets, strange } = motion;
  const measures = measuresOf(motion);
  if (packets === 0 && strange.count > 0) {
    const got = strange.payloadType === null ? 'other packets' : `\`${strange.payloadType}\``;
    const summary = `expected RTP of type ${track.payloadTypes.join(' or ')}, got ${got}`;
    return { ...fail(summary, `${strange.count} packets over ${transport}`), measures };
  }
  const detail =
    packets === 0
      ? `no RTP packet after PLAY over ${transport}`
      : `${packets} RTP packets over ${transport}, none later than the first burst`;
  return { ...fail(`no moving ${whatMoves(track)}`, detail), measures };
}

export function whatMoves(track: Track): string {
  if (track.media === 'video') return 'picture';
  return track.media === 'audio' ? 'sound' : 'media';
}
