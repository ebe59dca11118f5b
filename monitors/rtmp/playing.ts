/** What a viewer has seen of a stream since `play`, and what that means. Pure: time is an argument. */
import type { Verdict } from '../../src/plugin/plugin.ts';
import { plain } from '../shared/quote.ts';
import { fail, ok, unknown } from '../shared/verdicts.ts';
import { type Command, textOf, transaction } from './command.ts';
import { whyOf } from './connect.ts';
import { readMedia, type Track } from './media.ts';
import { messageType, type RtmpMessage, splitAggregate, userControl } from './message.ts';
import { advance, hasBegun, isMoving, type Progress } from './progress.ts';

export type Wanted = 'any' | 'audio' | 'video' | 'both';

export interface Playing {
  /** NetStream.Play.Start. Some send it for a stream that does not exist. */
  readonly started: boolean;
  /** StreamBegin. nginx-rtmp sends it only where there is a publisher, others always. */
  readonly begun: boolean;
  /** The publisher was said to have left, and not to be back. */
  readonly left: boolean;
  /** Sequence headers or metadata: there was a publisher at some time. */
  readonly described: boolean;
  readonly audio: Progress | null;
  readonly video: Progress | null;
}

export const nothingSeen: Playing = {
  started: false,
  begun: false,
  left: false,
  described: false,
  audio: null,
  video: null,
};

export function seeMessage(seen: Playing, message: RtmpMessage, nowMs: number): Playing {
  switch (message.type) {
    case messageType.aggregate:
      return splitAggregate(message).reduce((playing, part) => seeMedia(playing, part, nowMs), seen);
    case messageType.userControl:
      return seeEvent(seen, message.payload.length < 2 ? null : message.payload.readUInt16BE(0));
    // Of data messages, `|RtmpSampleAccess` comes for a stream without publisher too, and is short.
    case messageType.amf0Data:
    case messageType.amf3Data:
      return message.length > shortDataBytes ? { ...seen, described: true } : seen;
    default:
      return seeMedia(seen, message, nowMs);
  }
}

/** Longer than `|RtmpSampleAccess` with its two flags, shorter than any onMetaData. */
const shortDataBytes = 40;

function seeMedia(seen: Playing, message: RtmpMessage, nowMs: number): Playing {
  const media = readMedia(message);
  if (media === null) return seen;
  if (!media.frame) return { ...seen, described: true };
  return { ...seen, left: false, [media.track]: advance(seen[media.track], message.timestamp, nowMs) };
}

function seeEvent(seen: Playing, event: number | null): Playing {
  if (event === userControl.streamBegin) return { ...seen, begun: true, left: false };
  return event === userControl.streamEof ? { ...seen, left: true } : seen;
}

/** An answer to `play`, or the server's word on the stream; a refusal is a verdict. */
export function seeStatus(seen: Playing, command: Command): Playing | Verdict {
  if (command.name === '_error' && command.transaction === transaction.play) return denied(command);
  if (command.name !== 'onStatus') return seen;
  const code = textOf(command.info?.get('code'));
  switch (code) {
    case 'NetStream.Play.Start':
      return { ...seen, started: true };
    case 'NetStream.Play.PublishNotify':
      return { ...seen, left: false };
    case 'NetStream.Play.UnpublishNotify':
      return { ...seen, left: true };
    case 'NetStream.Play.StreamNotFound':
      return fail('no such stream', plain(`${code}: ${whyOf(command)}`));
    default:
      return textOf(command.info?.get('level')) === 'error' ? denied(command) : seen;
  }
}

function denied(command: Command): Verdict {
  const why = whyOf(command);
  return fail(why === '' ? 'play denied' : `play denied: ${why}`, plain(textOf(command.info?.get('code'))));
}

/** ok once what is wanted moves. */
export function judgeMedia({ audio, video }: Playing, wanted: Wanted): Verdict | null {
  const moves = { audio: isMoving(audio), video: isMoving(video) };
  const enough = {
    any: moves.audio || moves.video,
    both: moves.audio && moves.video,
    audio: moves.audio,
    video: moves.video,
  };
  if (!enough[wanted]) return null;
  const moving = tracks.filter((track) => moves[track]).join(' and ');
  return ok(
    wanted === 'any' ? 'stream is live' : `${wanted === 'both' ? 'audio and video are' : `${wanted} is`} live`,
    `${moving} moving`,
  );
}

const tracks: readonly Track[] = ['audio', 'video'];

/** The time is up: which of the many silences is it? */
export function judgeSilence(seen: Playing, wanted: Wanted): Verdict {
  const { started, begun, left, described, audio, video } = seen;
  const detail = `since play: ${describe(seen)}`;
  if (left) return fail('publisher left', detail);
  if (audio !== null || video !== null) return fail(whichStands(seen, wanted), detail);
  if (described) return fail('publisher frozen', detail);
  if (begun) return fail('no media: publisher frozen or absent', detail);
  return fail(started ? 'no such stream' : 'no answer to play', detail);
}

/** The deadline came before `stall`: a stream that had begun to move is none that stands. */
export function judgeDeadline(seen: Playing, wanted: Wanted): Verdict {
  const verdict = judgeSilence(seen, wanted);
  const begun = tracks.some((track) => hasBegun(seen[track]) && wanted !== otherOf[track]);
  return begun && !seen.left ? unknown('timeout too short to see the stream move', verdict.detail) : verdict;
}

const otherOf = { audio: 'video', video: 'audio' } as const;

/** Frames arrived, but not enough of them advance. */
function whichStands({ audio, video }: Playing, wanted: Wanted): string {
  const state = (track: Track, progress: Progress | null) => {
    if (progress === null) return `no ${track}`;
    return isMoving(progress) ? null : `${track} frozen`;
  };
  const faults = { audio: state('audio', audio), video: state('video', video) };
  const somethingMoves = isMoving(audio) || isMoving(video);
  if (!somethingMoves && (wanted === 'any' || wanted === 'both')) return 'publisher frozen';
  const fault = wanted === 'audio' || wanted === 'video' ? faults[wanted] : (faults.video ?? faults.audio);
  return somethingMoves || (fault ?? '').startsWith('no ') ? (fault ?? 'publisher frozen') : 'publisher frozen';
}

export function judgeClose(seen: Playing): Verdict {
  const detail = `closed, since play: ${describe(seen)}`;
  if (seen.left) return fail('publisher left', detail);
  if (seen.audio !== null || seen.video !== null) return fail('stream cut off', detail);
  return fail('play denied', detail);
}

function describe({ started, begun, described, audio, video }: Playing): string {
  const signs = [
    ...(started ? ['NetStream.Play.Start'] : []),
    ...(begun ? ['StreamBegin'] : []),
    ...(described ? ['headers'] : []),
    ...(audio === null ? [] : [`${audio.frames} audio frames`]),
    ...(video === null ? [] : [`${video.frames} video frames`]),
  ];
  return signs.length === 0 ? 'nothing came' : signs.join(', ');
}
