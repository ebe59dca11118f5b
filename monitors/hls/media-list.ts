import type { MediaList, Piece, Segment } from './lists.ts';
import { attributes, byteRange, dateMs, decimal, type Range } from './tag-values.ts';

/** A media list during parsing. */
interface Draft {
  sequence: number;
  targetS: number | null;
  count: number;
  parts: number;
  complete: boolean;
  newest: Segment | null;
  map: Segment | null;
  clockMs: number | null;
  encrypted: boolean;
  before: Piece | null;
  /** Properties of the segment whose URI comes next. */
  durationS: number | null;
  gap: boolean;
  range: Range | null;
  /** Why a player would refuse the list. */
  wrong: string | null;
}

/** Parses the trimmed lines after `#EXTM3U`. Returns text if the list is broken: the reason. */
export function parseMedia(lines: readonly string[]): MediaList | string {
  const draft: Draft = {
    sequence: 0,
    targetS: null,
    count: 0,
    parts: 0,
    complete: false,
    newest: null,
    map: null,
    clockMs: null,
    encrypted: false,
    before: null,
    durationS: null,
    gap: false,
    range: null,
    wrong: null,
  };
  for (const line of lines) {
    if (!line.startsWith('#')) readUri(draft, line);
    else {
      const colon = line.indexOf(':');
      tags.get(colon < 0 ? line : line.slice(0, colon))?.(draft, colon < 0 ? '' : line.slice(colon + 1));
    }
    if (draft.wrong !== null) return draft.wrong;
  }
  const { sequence, targetS, count, parts, complete, newest, map, clockMs } = draft;
  if (targetS === null) return 'no EXT-X-TARGETDURATION';
  return { kind: 'media', sequence, targetS, count: count + parts, complete, newest, map, endsAtMs: clockMs };
}

const tags = new Map<string, (draft: Draft, value: string) => void>([
  [
    '#EXTINF',
    (draft, value) => {
      draft.durationS = decimal(value.split(',')[0] ?? '');
      if (draft.durationS === null) draft.wrong = 'EXTINF is no number';
    },
  ],
  [
    '#EXT-X-TARGETDURATION',
    (draft, value) => {
      draft.targetS = decimal(value);
      if (draft.targetS === null) draft.wrong = 'EXT-X-TARGETDURATION is no number';
    },
  ],
  [
    '#EXT-X-MEDIA-SEQUENCE',
    (draft, value) => {
      // Up to 2^64 - 1; where a double rounds, the newest URI still shows progress.
      if (/^\d{1,20}$/.test(value.trim())) draft.sequence = Number(value);
      else draft.wrong = 'EXT-X-MEDIA-SEQUENCE is no whole number';
    },
  ],
  [
    '#EXT-X-BYTERANGE',
    (draft, value) => {
      draft.range = byteRange(value);
      if (draft.range === null) draft.wrong = 'EXT-X-BYTERANGE is no range';
    },
  ],
  [
    '#EXT-X-MAP',
    (draft, value) => {
      const { URI: uri, BYTERANGE: bytes } = attributes(value);
      const range = bytes === undefined ? null : byteRange(bytes);
      if (uri === undefined) draft.wrong = 'EXT-X-MAP has no URI';
      else {
        const place = range === null ? null : { length: range.length, offset: range.offset ?? 0 };
        // The preceding key applies to it too (RFC 8216, section 4.3.2.5).
        draft.map = { uri, range: place, encrypted: draft.encrypted };
      }
    },
  ],
  [
    '#EXT-X-KEY',
    (draft, value) => {
      draft.encrypted = attributes(value)['METHOD'] === 'AES-128';
    },
  ],
  [
    '#EXT-X-PROGRAM-DATE-TIME',
    (draft, value) => {
      draft.clockMs = dateMs(value);
    },
  ],
  [
    '#EXT-X-GAP',
    (draft) => {
      draft.gap = true;
    },
  ],
  [
    '#EXT-X-PART',
    (draft) => {
      draft.parts += 1;
    },
  ],
  [
    '#EXT-X-PLAYLIST-TYPE',
    (draft, value) => {
      draft.complete ||= value === 'VOD';
    },
  ],
  [
    '#EXT-X-ENDLIST',
    (draft) => {
      draft.complete = true;
    },
  ],
]);

function readUri(draft: Draft, uri: string): void {
  if (draft.durationS === null) {
    draft.wrong = 'a URI without EXTINF';
    return;
  }
  const piece: Piece = { uri, range: draft.range === null ? null : placed(draft.range, uri, draft.before) };
  if (!draft.gap) draft.newest = { ...piece, encrypted: draft.encrypted };
  if (draft.clockMs !== null) draft.clockMs += draft.durationS * 1000;
  draft.before = piece;
  draft.count += 1;
  // The segment now contains its parts.
  draft.parts = 0;
  draft.durationS = null;
  draft.gap = false;
  draft.range = null;
}

/** Without an offset it follows the range before it (RFC 8216, section 4.3.2.2). */
function placed({ length, offset }: Range, uri: string, before: Piece | null): NonNullable<Piece['range']> {
  const end = before !== null && before.uri === uri && before.range !== null ? before.range : null;
  return { length, offset: offset ?? (end === null ? 0 : end.offset + end.length) };
}
