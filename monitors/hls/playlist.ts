import { parseMedia } from './media-list.ts';
import { attributes } from './tag-values.ts';

/** Parses HLS lists (RFC 8216): what a check needs, and anything that makes a player refuse the list. */
export type Playlist = MediaList | MasterList | { readonly kind: 'broken'; readonly why: string };

export interface MediaList {
  readonly kind: 'media';
  readonly sequence: number;
  readonly targetS: number;
  /** Segments, and parts of the segment that is being written. */
  readonly count: number;
  /** True with ENDLIST or type VOD: nothing will be added. */
  readonly complete: boolean;
  /** The newest segment that is not declared a gap. */
  readonly newest: Segment | null;
  /** The initialization section of fMP4 segments. */
  readonly map: Segment | null;
  /** The end of the list in ms since the epoch, by the encoder's clock; null: not given. */
  readonly endsAtMs: number | null;
}

/** A resource, or a byte range of it. */
export interface Piece {
  readonly uri: string;
  readonly range: { readonly offset: number; readonly length: number } | null;
}

/** A piece of media. */
export interface Segment extends Piece {
  /** Nothing in it could be recognized. */
  readonly encrypted: boolean;
}

export interface MasterList {
  readonly kind: 'master';
  /** URIs of the variants in the list's order, and of renditions such as other audio tracks. */
  readonly variants: readonly string[];
  readonly renditions: readonly string[];
}

export function parsePlaylist(text: string): Playlist {
  const [first = '', ...rest] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (first.trimEnd() !== '#EXTM3U') return { kind: 'broken', why: 'no #EXTM3U' };
  const lines = rest.map((line) => line.trim()).filter((line) => line !== '');
  const list = lines.some((line) => line.startsWith(variantTag)) ? parseMaster(lines) : parseMedia(lines);
  return typeof list === 'string' ? { kind: 'broken', why: list } : list;
}

const variantTag = '#EXT-X-STREAM-INF:';

function parseMaster(lines: readonly string[]): MasterList | string {
  const variants: string[] = [];
  const renditions: string[] = [];
  let wanted = false;
  for (const line of lines) {
    if (line.startsWith(variantTag)) wanted = true;
    else if (line.startsWith('#EXT-X-MEDIA:')) {
      const { URI: uri, TYPE: type } = attributes(line);
      if (uri !== undefined && (type === 'AUDIO' || type === 'VIDEO')) renditions.push(uri);
    } else if (wanted && !line.startsWith('#')) {
      variants.push(line);
      wanted = false;
    }
  }
  return variants.length === 0 ? 'a variant without a URI' : { kind: 'master', variants, renditions };
}
