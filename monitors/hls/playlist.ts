/** Parses HLS lists (RFC 8216): what a check needs, and anything that makes a player refuse the list. */
import type { MasterList, Playlist } from './lists.ts';
import { parseMedia } from './media-list.ts';
import { attributes } from './tag-values.ts';

export type * from './lists.ts';

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
