/** The head of an RTSP answer (RFC 2326, section 7). */
export interface RtspHead {
  readonly status: number;
  readonly reason: string;
  /** Names in lower case; the first of equal names counts. */
  readonly headers: ReadonlyMap<string, string>;
  /** The values of all lines WWW-Authenticate: a server may offer several schemes. */
  readonly challenges: readonly string[];
}

/**
 * Reads a head that ends with a blank line. Bare LF is taken for CRLF, as section 4 asks of receivers.
 * null: there is no blank line yet. `malformed`: it is not an RTSP status line.
 */
export function readRtspHead(text: string): RtspHead | 'malformed' | null {
  const end = /\r?\n\r?\n/.exec(text);
  if (end === null) return null;
  const [statusLine = '', ...lines] = text.slice(0, end.index).split(/\r?\n/);
  const match = /^RTSP\/\d\.\d +(\d{3})(?: +(.*))?$/.exec(statusLine);
  if (match === null) return 'malformed';
  return { status: Number(match[1]), reason: match[2] ?? '', ...readHeaders(lines) };
}

export function readHeaders(lines: readonly string[]): Pick<RtspHead, 'headers' | 'challenges'> {
  const headers = new Map<string, string>();
  const challenges: string[] = [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'www-authenticate') challenges.push(value);
    if (!headers.has(name)) headers.set(name, value);
  }
  return { headers, challenges };
}

/** Could still become an RTSP answer. */
export function looksLikeRtsp(text: string): boolean {
  return text.startsWith('RTSP/'.slice(0, text.length)) || text.startsWith('RTSP/');
}
