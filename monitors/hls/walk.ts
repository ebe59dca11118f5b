import type { CheckContext, Target, Verdict } from '../../src/plugin/plugin.ts';
import type { HttpAnswer } from '../shared/http.ts';
import { wrongStatus } from '../shared/http.ts';
import { askFor, type HttpServer, isHere, resolveUrl } from '../shared/http-server.ts';
import { quote } from '../shared/quote.ts';
import { fail } from '../shared/verdicts.ts';
import { glanceBytes, looksEncrypted, mediaKind } from './media.ts';
import { type MasterList, type MediaList, type Piece, parsePlaylist } from './playlist.ts';

/** The list of a one-day recording with 2 s segments has about 3 MB. */
const maxListBytes = 4_194_304;
/** A whole segment, from a server without range support, is cut off here. */
const maxSegmentBytes = 65_536;
const redirects = 3;

/** One server during one check run. */
export interface Site {
  readonly target: Target;
  readonly server: HttpServer;
  readonly context: CheckContext;
  /** Host names in URLs that also mean this server. */
  readonly names: readonly string[];
}

export interface Found<L> {
  readonly list: L;
  /** The URL after redirects, which is the base of the URIs in the list. */
  readonly url: URL;
  readonly answer: HttpAnswer;
}

export type ListResult =
  | { readonly verdict: Verdict; readonly status: number | null }
  | { readonly found: Found<MediaList | MasterList> };

export async function fetchList({ target, server, context, names }: Site, url: URL): Promise<ListResult> {
  const asking = { maxBytes: maxListBytes, redirects, names, headers: { 'cache-control': 'no-cache' } };
  const result = await askFor(target, server, url, asking, context);
  if ('verdict' in result) return { verdict: result.verdict, status: null };
  const { answer } = result;
  if (answer.status !== 200) return { verdict: wrongStatus('200', answer), status: answer.status };
  const text = answer.body.toString();
  const list = parsePlaylist(text);
  if (list.kind !== 'broken') return { found: { list, url: result.url, answer } };
  const isList = /^\uFEFF?#EXTM3U/.test(text);
  const words = isList ? `list is broken: ${list.why}` : `expected an HLS list, got ${quote(text)}`;
  return { verdict: fail(words, quote(text)), status: 200 };
}

/** The result of following a list; `elsewhere`: on another server. */
export function lead(site: Site, uri: string, base: URL): URL | 'elsewhere' | 'broken' {
  const url = resolveUrl(uri, base);
  if (url === null) return 'broken';
  return isHere(url, site.target, site.server, site.names) ? url : 'elsewhere';
}

export type PieceResult = { readonly verdict: Verdict } | { readonly note: string };

/** Requests the start of a segment and checks whether it is media. `what`: its name in a verdict. */
export async function glance(
  site: Site,
  base: URL,
  piece: Piece & { readonly encrypted?: boolean },
  what: string,
): Promise<PieceResult> {
  const url = lead(site, piece.uri, base);
  if (url === 'broken') return { verdict: fail(`${what}: expected a URI, got ${quote(piece.uri)}`) };
  if (url === 'elsewhere') return { note: `${what} on another server, not asked for` };
  const { target, server, context, names } = site;
  const first = piece.range?.offset ?? 0;
  const length = Math.min(glanceBytes, piece.range?.length ?? glanceBytes);
  const headers = { range: `bytes=${first}-${first + length - 1}` };
  const asking = { maxBytes: maxSegmentBytes, beyond: 'cut', redirects, names, headers } as const;
  const result = await askFor(target, server, url, asking, context);
  if ('verdict' in result) return { verdict: { ...result.verdict, summary: `${what}: ${result.verdict.summary}` } };
  const { status, body } = result.answer;
  if (status !== 200 && status !== 206) {
    const { summary, detail = '' } = wrongStatus('200', result.answer);
    return { verdict: fail(`${what}: ${summary}`, `${quote(url.pathname)}: ${detail}`) };
  }
  // A server without range support sends the whole resource, and the range may start beyond what was read.
  if (status === 200 && first > 0) return { note: `${what} not looked into: the server knows no ranges` };
  const kind = mediaKind(body) ?? (piece.encrypted === true && looksEncrypted(body) ? 'encrypted' : null);
  if (kind !== null) return { note: `${what} is ${kind}` };
  return { verdict: fail(`${what}: expected media, got ${quote(body)}`, quote(url.pathname)) };
}
