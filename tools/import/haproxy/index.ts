/** haproxy.cfg: backends become pools that are kept on HAProxy's socket; HAProxy goes on taking the connections. */

import { parseEndpoint } from '../../../src/config/addresses.ts';
import type { Place } from '../cluster/cluster.ts';
import { compose } from '../cluster/compose.ts';
import { headOf } from '../cluster/document.ts';
import { createRemarks } from '../cluster/remarks.ts';
import type { Imported, ImportInput } from '../import.ts';
import { reportLeft } from './left.ts';
import { mailOf } from './mail.ts';
import { poolsOf } from './pools.ts';
import { firstIn, inherited, isProxy, type Line, readSections, type Section } from './sections.ts';
import { type Backend, backendOf } from './servers.ts';

export function importHaproxy({ file }: ImportInput): Imported {
  const remarks = createRemarks();
  const { all, comments } = readSections(file, remarks);
  const taken = new Set<Line>();
  const sections = all.filter((section) => !isOff(section));
  for (const { kind, name, head, lines } of all.filter(isOff)) {
    const servers = lines.filter(({ words }) => words[0] === 'server').length;
    const inside = servers === 0 ? '' : ` with ${servers === 1 ? 'a server' : `${servers} servers`}`;
    remarks.skipped(head.place, `${kind} \`${name}\`${inside} is disabled and not converted`);
  }
  const mail = mailOf(sections, taken, remarks);
  const found = new Map<Section, Backend>();
  for (const section of sections.filter(isProxy)) {
    const backend = backendOf(section, taken, remarks);
    if (backend !== null) found.set(section, backend);
  }
  const socket = socketOf(all);
  const pools = poolsOf([...found.values()], socket?.path ?? null, taken, remarks);
  if (socket === null && pools.length > 0) {
    const line = '`stats socket /run/haproxy/admin.sock mode 660 group understudy level admin`';
    remarks.changed(
      { file: file.name, line: 1 },
      `the pools are managed over HAProxy's socket, and there is none: add ${line}`,
    );
  } else if (socket?.isAdmin === false && pools.length > 0) {
    remarks.changed(
      socket.place,
      "`stats socket`: the pools are managed over HAProxy's socket, add `level admin` to it",
    );
  }
  const node = all
    .flatMap(({ kind, lines }) => (kind === 'global' ? lines : []))
    .findLast(({ words }) => words[0] === 'node');
  if (node !== undefined) taken.add(node);
  for (const section of sections) reportLeft(section, taken, found.get(section)?.left ?? [], remarks);
  if (found.size === 0) remarks.skipped({ file: file.name, line: 1 }, 'no `server` that can be converted was found');

  const head = [...headOf('haproxy', file.name, mail !== null), ...comments];
  const director = node?.words[1] ?? null;
  return { document: compose({ head, director, pools, mail }, remarks), remarks: remarks.list(), files: [] };
}

function isOff(section: Section): boolean {
  if (!isProxy(section)) return false;
  const state = firstIn(inherited(section), (lines) =>
    lines.findLast(({ words }) => words[0] === 'disabled' || words[0] === 'enabled'),
  );
  return state?.words[0] === 'disabled';
}

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
