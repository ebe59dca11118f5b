/** The socket on which HAProxy takes orders (manual, 3.1, `stats socket`). */
import { parseEndpoint } from '../../../src/config/addresses.ts';
import type { Place } from '../cluster/cluster.ts';
import type { Section } from './sections.ts';

export interface StatsSocket {
  /** null: our default. */
  readonly path: string | null;
  readonly isAdmin: boolean;
  readonly place: Place;
}

const usual = '/run/haproxy/admin.sock';
const longestPathBytes = 107;

/** The last one with `level admin`, else the last; null: there is none that we could open. */
export function socketOf(sections: readonly Section[]): StatsSocket | null {
  const lines = sections.flatMap(({ kind, lines: own }) => (kind === 'global' ? own : []));
  const sockets = lines.flatMap(({ words, place }): StatsSocket[] => {
    const [keyword, second, where = '', ...rest] = words;
    const path = keyword === 'stats' && second === 'socket' ? pathIn(where) : null;
    if (path === null) return [];
    const level = rest[rest.indexOf('level') + 1];
    return [{ path: path === usual ? null : path, isAdmin: rest.includes('level') && level === 'admin', place }];
  });
  return sockets.findLast(({ isAdmin }) => isAdmin) ?? sockets.at(-1) ?? null;
}

/** `/run/x`, `unix@/run/x`, `ipv4@127.0.0.1:9999`; not one of another name space, or of all addresses. */
function pathIn(text: string): string | null {
  const plain = text.replace(/^(unix|ipv4|ipv6|tcp|tcp4|tcp6)@/, '');
  if (plain.startsWith('/')) return Buffer.byteLength(plain) <= longestPathBytes && !plain.includes('$') ? plain : null;
  return 'ok' in parseEndpoint(plain, true) ? plain : null;
}
