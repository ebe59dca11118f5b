/** haproxy.cfg: backends become pools that are kept on HAProxy's socket; HAProxy goes on taking the connections. */
import { compose } from '../cluster/compose.ts';
import { headOf } from '../cluster/head.ts';
import { createRemarks } from '../cluster/remarks.ts';
import type { Imported, ImportInput } from '../import.ts';
import { sayLeft } from './left.ts';
import { mailOf } from './mail.ts';
import { poolsOf } from './pools.ts';
import { firstIn, inherited, isProxy, type Line, readSections, type Section } from './sections.ts';
import { type Backend, backendOf } from './servers.ts';
import { socketOf } from './socket.ts';

export function importHaproxy({ file }: ImportInput): Imported {
  const remarks = createRemarks();
  const { all, comments } = readSections(file, remarks);
  const taken = new Set<Line>();
  const sections = all.filter((section) => !isOff(section));
  for (const { kind, name, head, lines } of all.filter(isOff)) {
    const servers = lines.filter(({ words }) => words[0] === 'server').length;
    const inside = servers === 0 ? '' : ` with ${servers === 1 ? 'a server' : `${servers} servers`}`;
    remarks.skipped(head.place, `${kind} \`${name}\`${inside} is disabled and not taken over`);
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
      `the pools are kept on HAProxy's socket, and there is none: add ${line}`,
    );
  } else if (socket?.isAdmin === false && pools.length > 0) {
    remarks.changed(socket.place, "`stats socket`: the pools are kept on HAProxy's socket, add `level admin` to it");
  }
  const node = all
    .flatMap(({ kind, lines }) => (kind === 'global' ? lines : []))
    .findLast(({ words }) => words[0] === 'node');
  if (node !== undefined) taken.add(node);
  for (const section of sections) sayLeft(section, taken, found.get(section)?.left ?? [], remarks);
  if (found.size === 0) remarks.skipped({ file: file.name, line: 1 }, 'no `server` that can be taken over was found');

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
