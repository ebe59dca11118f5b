/** The part of a session description (RFC 4566) that is needed to play one track. */
export interface Session {
  /** The control URL of the whole session. */
  readonly control: string | null;
  readonly tracks: readonly Track[];
}

export interface Track {
  /** `video`, `audio`, ... */
  readonly media: string;
  readonly payloadTypes: readonly number[];
  readonly control: string | null;
}

const maxTracks = 64;

/** null: not a session description. Unknown lines are skipped. */
export function readSdp(text: string): Session | null {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  if (lines[0]?.trim() !== 'v=0') return null;
  let control: string | null = null;
  const tracks: { media: string; payloadTypes: number[]; control: string | null }[] = [];
  for (const line of lines) {
    const media = /^m=(\S+) \S+ \S+((?: +\S+)*)\s*$/.exec(line);
    if (media !== null) {
      if (tracks.length === maxTracks) break;
      tracks.push({ media: media[1] ?? '', payloadTypes: payloadTypes(media[2] ?? ''), control: null });
      continue;
    }
    const found = /^a=control:\s*(\S+)\s*$/.exec(line)?.[1];
    if (found === undefined) continue;
    const track = tracks.at(-1);
    if (track === undefined) control ??= found;
    else track.control ??= found;
  }
  return { control, tracks };
}

function payloadTypes(text: string): number[] {
  return text
    .split(' ')
    .filter((word) => /^\d{1,3}$/.test(word))
    .map(Number)
    .filter((type) => type < 128);
}

/** The video track, else the audio track, else any track. */
export function trackToPlay({ tracks }: Session): Track | null {
  const of = (media: string) => tracks.find((track) => track.media === media);
  return of('video') ?? of('audio') ?? tracks[0] ?? null;
}
