import { parseMedia } from './media-list.ts';
import { attributes } from './tag-values.ts';

/** HLS lists (RFC 8216): as much as a check needs, and whatever makes a player refuse one. */
export type Playlist = MediaList | MasterList | { readonly kind: 'broken'; readonly why: string };

export interface MediaList {
  readonly kind: 'media';
  readonly sequence: number;
  readonly targetS: number;
  /** Segments, and parts of the one that is being written. */
  readonly count: number;
  /** ENDLIST, or the type VOD: nothing will be added. */
  readonly complete: boolean;
  /** The newest that is not declared a gap. */
  readonly newest: Segment | null;
  /** What fMP4 segments begin with. */
  readonly map: Segment | null;
  /** When the list ends, in ms since the epoch by the encoder's clock; null where it says nothing. */
  readonly endsAtMs: number | null;
}

/** A resource, or some of its bytes. */
export interface Piece {
  readonly uri: string;
  readonly range: { readonly offset: number; readonly length: number } | null;
}

/** A piece of media. */
export interface Segment extends Piece {
  /** Nothing of it can be recognised. */
  readonly encrypted: boolean;
}

export interface MasterList {
  readonly kind: 'master';
  /** URIs of the variants, in the order of the list, and of renditions such as other sound tracks. */
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
