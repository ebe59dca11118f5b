/** Which audio and video messages carry a frame, by their first bytes (FLV 10.1, E.4.2 and E.4.3; Enhanced RTMP v2). */
import { messageType, type RtmpMessage } from './message.ts';

export type Track = 'audio' | 'video';

/** A sequence header or a command frame says what the stream would be like; a frame is the stream. */
export interface Media {
  readonly track: Track;
  readonly frame: boolean;
}

const aac = 10;
const enhancedAudio = 9;
/** AVC, and HEVC as some write it. */
const codecsWithHeader: ReadonlySet<number> = new Set([7, 12]);
const commandFrame = 5;
/** Packet types of Enhanced RTMP: coded frames, and coded frames without a composition time. */
const codedFrames = 1;
const codedFramesX = 3;
const multitrack = { audio: 5, video: 6 } as const;
/** A prefix of a few bytes, of varying length: what follows is taken for a frame. */
const modifier = 7;

/** null: neither audio nor video. */
export function readMedia({ type, payload }: RtmpMessage): Media | null {
  if (type === messageType.audio) return { track: 'audio', frame: isAudioFrame(payload) };
  if (type === messageType.video) return { track: 'video', frame: isVideoFrame(payload) };
  return null;
}

function isAudioFrame(payload: Buffer): boolean {
  const [first, second] = payload;
  if (first === undefined || second === undefined) return false;
  if (first >> 4 === enhancedAudio) return isCodedFrames(first, second, multitrack.audio);
  return first >> 4 !== aac || second !== 0;
}

function isVideoFrame(payload: Buffer): boolean {
  const [first, second] = payload;
  if (first === undefined || second === undefined) return false;
  const enhanced = first >= 0x80;
  if (((first >> 4) & 7) === commandFrame) return false;
  if (enhanced) return isCodedFrames(first, second, multitrack.video);
  return !codecsWithHeader.has(first & 0x0f) || second === 1;
}

function isCodedFrames(first: number, second: number, multitrackType: number): boolean {
  const outer = first & 0x0f;
  const packetType = outer === multitrackType ? second & 0x0f : outer;
  return packetType === codedFrames || packetType === codedFramesX || packetType === modifier;
}
