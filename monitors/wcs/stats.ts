/** What a Flashphoner WCS says at `/?action=stat`, as JSON or as text. Values are numbers or decimal strings. */
export interface WcsStats {
  /** Looks in the group first and then anywhere, since versions differ in where they put a key. */
  find(group: string, key: string): StatValue;
}

export type StatValue = number | 'missing' | 'not a number';

type Groups = ReadonlyMap<string, ReadonlyMap<string, unknown>>;

/** null: neither of the two forms. */
export function parseWcsStats(body: string): WcsStats | null {
  const text = body.replace(/^\uFEFF/, '').trim();
  const groups = text.startsWith('{') ? fromJson(text) : fromText(text);
  if (groups === null) return null;
  return {
    find(group, key) {
      const own = groups.get(group);
      if (own?.has(key)) return toNumber(own.get(key));
      for (const others of groups.values()) if (others.has(key)) return toNumber(others.get(key));
      return 'missing';
    },
  };
}

function fromJson(text: string): Groups | null {
  const document = parseJson(text);
  if (!isRecord(document)) return null;
  const loose = new Map<string, unknown>();
  const groups = new Map<string, ReadonlyMap<string, unknown>>();
  for (const [name, value] of Object.entries(document)) {
    if (isRecord(value)) groups.set(groupName(name), new Map(Object.entries(value)));
    else loose.set(name, value);
  }
  return groups.set('', loose);
}

/** A heading is `-----Stream Stats-----` and names a group by its first word; the rest is `key=value`. */
function fromText(text: string): Groups | null {
  const groups = new Map<string, Map<string, unknown>>();
  let current = new Map<string, unknown>();
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    const heading = /^-+\s*(\w+)/.exec(line);
    if (heading !== null) {
      const name = groupName(heading[1] ?? '');
      current = groups.get(name) ?? new Map<string, unknown>();
      groups.set(name, current);
      continue;
    }
    const pair = /^(\w+)\s*=(.*)$/.exec(line);
    // Headings come first in this form, so that a stray `a=b` in a page of another kind is no statistic.
    if (pair === null || groups.size === 0) return null;
    current.set(pair[1] ?? '', pair[2]);
  }
  return groups.size === 0 ? null : groups;
}

/** `streams_stats` in JSON is `Stream Stats` in text. */
export function groupName(name: string): string {
  return name
    .toLowerCase()
    .replace(/_stats$/, '')
    .replace(/s$/, '');
}

function toNumber(value: unknown): StatValue {
  const number = typeof value === 'string' && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : 'not a number';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
