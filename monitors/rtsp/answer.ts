/** The head of an RTSP answer (RFC 2326, section 7). Bodies do not matter to an OPTIONS. */
export interface RtspHead {
  readonly status: number;
  readonly reason: string;
  /** Names in lower case; the first of equal names counts. */
  readonly headers: ReadonlyMap<string, string>;
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
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    if (colon > 0 && !headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return { status: Number(match[1]), reason: match[2] ?? '', headers };
}

/** Could still become an RTSP answer. */
export function looksLikeRtsp(text: string): boolean {
  return text.startsWith('RTSP/'.slice(0, text.length)) || text.startsWith('RTSP/');
}
