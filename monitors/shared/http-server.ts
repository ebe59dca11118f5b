import { type CheckContext, field, type Target, type Verdict } from '../../src/plugin/plugin.ts';
import { type HttpAnswer, type HttpRequest, httpAsk } from './http.ts';
import { hostPort } from './peer.ts';
import { quote } from './quote.ts';
import { type Tls, tlsField, tlsOf } from './tls.ts';
import { fail } from './verdicts.ts';

/** The options of all monitors that use HTTP; `httpServerOf` reads them. */
export const httpFields = {
  port: field.port().optional().describe('Default: 80, with tls 443'),
  tls: tlsField(),
  host: field
    .text()
    .regex(/^[A-Za-z0-9._-]+(:\d+)?$|^\[[0-9A-Fa-f:.]+\](:\d+)?$/, 'expected a host name such as video.example.org')
    .optional()
    .describe('Name in the Host header, and in the certificate if tls has no name; default: the address'),
  headers: field
    .list(
      field.text().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+:[ \t]*[\t -~]*$/, 'expected a header such as `X-Token: abc`'),
    )
    .default([])
    .describe('Further headers, each as `Name: value`'),
  user: field.text().optional().describe('Name for HTTP Basic'),
  password: field.secret().optional().describe('Password for HTTP Basic'),
};

export const pathField = () =>
  field.text().regex(/^\/[!-~]*$/, 'expected a path such as /live/one.m3u8, without blanks');

interface HttpOptions {
  readonly port?: number | undefined;
  readonly tls: Parameters<typeof tlsOf>[0];
  readonly host?: string | undefined;
  readonly headers: readonly string[];
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

/** How to reach an HTTP server. */
export interface HttpServer {
  readonly port: number;
  readonly tls: Tls | null;
  readonly host: string | null;
  readonly headers: Readonly<Record<string, string[]>>;
}

export function httpPort({ port, tls }: Pick<HttpOptions, 'port' | 'tls'>): number {
  return port ?? (tls === false ? 80 : 443);
}

export function httpServerOf(options: HttpOptions): HttpServer {
  const headers: Record<string, string[]> = {};
  for (const line of options.headers) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    headers[name] = [...(headers[name] ?? []), line.slice(colon + 1).trim()];
  }
  const { user, password } = options;
  if (user !== undefined || password !== undefined)
    headers['authorization'] = [`Basic ${Buffer.from(`${user ?? ''}:${password ?? ''}`).toString('base64')}`];
  const host = options.host ?? null;
  const tls = tlsOf(options.tls);
  const named = tls !== null && tls.name === null && host !== null;
  return {
    port: httpPort(options),
    tls: named ? { ...tls, name: host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '') } : tls,
    host,
    headers,
  };
}

/** The URL that viewers use: URLs in its answers are relative to it. */
export function urlAt(target: Target, { port, tls, host }: HttpServer, path: string): URL {
  return new URL(`${tls === null ? 'http' : 'https'}://${host ?? hostPort(target.address, port)}${path}`);
}

export interface Asking extends Pick<HttpRequest, 'method' | 'maxBytes' | 'beyond'> {
  readonly headers?: Readonly<Record<string, string>>;
  /** The limit of redirects. */
  readonly redirects: number;
  /** Host names in URLs that also mean this server. */
  readonly names?: readonly string[];
}

export type Followed = { readonly verdict: Verdict } | { readonly answer: HttpAnswer; readonly url: URL };

/**
 * Requests a URL of this server and follows redirects as long as they lead to this server: another server's answer says
 * nothing about it, and no names are resolved while a server is down.
 */
export async function askFor(
  target: Target,
  server: HttpServer,
  start: URL,
  asking: Asking,
  context: CheckContext,
): Promise<Followed> {
  let url = start;
  for (let hops = 0; ; hops += 1) {
    const { redirects, names, headers, ...how } = asking;
    const request = {
      ...how,
      port: server.port,
      tls: server.tls,
      path: `${url.pathname}${url.search}`,
      headers: { ...server.headers, ...headers, host: url.host },
    };
    const result = await httpAsk(target, request, context);
    if ('verdict' in result) return result;
    const { answer } = result;
    const location = answer.header('location');
    if (!isRedirect(answer.status) || location === undefined || redirects === 0) return { answer, url };
    if (hops >= redirects) return { verdict: fail('too many redirects', `last to ${quote(location)}`) };
    const next = resolveUrl(location, url);
    if (next === null) return { verdict: fail('broken redirect', `to ${quote(location)}`) };
    if (!isHere(next, target, server, names))
      return { verdict: fail('redirected to another server', quote(next.href)) };
    url = next;
  }
}

/** null: not a URL. */
export function resolveUrl(text: string, base: URL): URL | null {
  return URL.canParse(text, base.href) ? new URL(text, base) : null;
}

/** A URL that leads to this server, by the name or address in use or by one of its other names. */
export function isHere(url: URL, target: Target, server: HttpServer, names: readonly string[] = []): boolean {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return false;
  if (names.includes(url.hostname)) return true;
  return [server, { ...server, host: null }].some((home) => urlAt(target, home, '/').origin === url.origin);
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}
