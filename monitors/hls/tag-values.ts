/** Parses values of tags in HLS lists (RFC 8216, section 4.2). */

export interface Range {
  readonly length: number;
  /** null: it follows the range before it. */
  readonly offset: number | null;
}

/** `n[@o]` */
export function byteRange(text: string): Range | null {
  const match = /^(\d{1,15})(?:@(\d{1,15}))?$/.exec(text);
  if (match === null) return null;
  return { length: Number(match[1]), offset: match[2] === undefined ? null : Number(match[2]) };
}

/** `NAME=value,OTHER="value, too"` */
export function attributes(text: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = Object.create(null);
  for (const [, name = '', quoted, bare = ''] of text.matchAll(/([A-Z0-9-]+)=(?:"([^"]*)"|([^,"]*))/g))
    found[name] = quoted ?? bare;
  return found;
}

export function decimal(text: string): number | null {
  return /^\d{1,15}(\.\d{1,15})?$/.test(text.trim()) ? Number(text) : null;
}

export function dateMs(text: string): number | null {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}
