/** Virtual services, their real servers and, indented, the backups; under each what a person has to know of it. */

import type { CheckStatusView, PlaceStatus, ServerStatus, ServiceStatus, Status } from '../../api/control.ts';
import type { Pin } from '../../core/model.ts';
import { type Cell, type Column, columns } from './columns.ts';
import { type Line, type Look, plain, toned } from './look.ts';
import { duration } from './time.ts';
import { badge, bar, count, holdText, joined, type Mark, marks, pinText } from './words.ts';

const spec: readonly Column[] = [
  {},
  { min: 8 },
  { spare: 3 },
  { align: 'right' },
  { align: 'right' },
  { spare: 2 },
  { min: 30 },
  { align: 'right', spare: 1 },
];

const headings = ['state', 'server', 'address', 'weight', 'conns', '', 'checks', 'since'];
const barColumns = 8;

/** One line of the table with the notes under it. */
interface Row {
  readonly cells: readonly Cell[];
  readonly notes: readonly Line[];
}

export function poolLines(status: Status, look: Look): Line[] {
  const servers = new Map(status.servers.map((server) => [server.name, server]));
  const told = new Set<string>();
  const groups = status.services.map((service) => ({
    heading: serviceLines(service, status),
    rows: service.places.map((place) => placeRow(place, service, servers.get(place.server), status, look, told)),
  }));
  const placed = new Set(status.services.flatMap(({ places }) => places.map(({ server }) => server)));
  const others = status.servers.filter(({ name }) => !placed.has(name));
  if (others.length > 0) {
    const rows = others.map((server) => serverRow(server, status, look));
    groups.push({ heading: [[toned('strong', status.services.length > 0 ? 'in no pool' : 'servers')]], rows });
  }

  // Laid out together, so that the columns of all pools stand under each other.
  const cells = groups.flatMap(({ rows }) => rows.map((row) => row.cells));
  const [heading = [], ...lines] = columns(spec, [headings.map((word) => [toned('quiet', word)]), ...cells], look, 2);
  let next = 0;
  return groups.flatMap((group, at) => [
    ...(at > 0 ? [[]] : []),
    ...group.heading,
    ...(at === 0 ? [heading] : []),
    ...group.rows.flatMap(({ notes }) => [lines[next++] ?? [], ...notes]),
  ]);
}

function serviceLines(service: ServiceStatus, { director }: Status): Line[] {
  const persistence = service.persistenceS === null ? [] : [`persistence ${service.persistenceS}s`];
  const balance = service.balance === undefined ? [] : [`balanced by ${service.balance.by.join(', ')}`];
  if (service.balance?.dryRun === true) balance.push('(dry run)');
  const parts = [service.key, service.scheduler, service.forward, ...persistence, service.balancer, ...balance];
  const pooled = `${service.pooled} pooled, at least ${service.minPooled}`;
  const tone = service.pooled < service.minPooled ? 'bad' : 'quiet';
  const lines: Line[] = [
    [toned('strong', service.name), plain('  '), toned('quiet', parts.join(' ')), plain('  '), toned(tone, pooled)],
  ];
  if (service.problem !== null) lines.push([plain('  '), toned('warn', `▲ ${service.problem}`)]);
  if (service.lastDrift !== null) {
    const age = duration(director.nowMs - service.lastDrift.atMs);
    lines.push([toned('quiet', `  drift repaired ${age} ago: ${service.lastDrift.text}`)]);
  }
  return lines;
}

function placeRow(
  place: PlaceStatus,
  service: ServiceStatus,
  server: ServerStatus | undefined,
  status: Status,
  look: Look,
  told: Set<string>,
): Row {
  const { nowMs } = status.director;
  const full = Math.max(...service.places.map(({ activeConns }) => activeConns));
  const arrow = place.role === 'backup' ? [toned('quiet', '↳ ')] : [];
  const settled = place.desiredWeight === place.actualWeight;
  const pinned = place.pin?.inForce === true ? 'pinned ' : '';
  const weight = `${pinned}${place.actualWeight ?? '-'}/${steered(place)?.base ?? place.configuredWeight}`;
  const cells: Cell[] = [
    [...arrow, ...badge(placeMark(place, server))],
    [plain(place.server)],
    [plain(place.address)],
    [settled ? plain(weight) : toned('warn', weight)],
    [plain(`${place.activeConns}`)],
    [toned('good', bar(place.activeConns, full, barColumns))],
    checkMarks(server),
    [plain(server ? duration(nowMs - server.sinceMs) : '')],
  ];
  const notes = server && !told.has(server.name) ? serverNotes(server, status, look) : [];
  const pin = place.pin === undefined ? [] : [note(pinText(place.pin, nowMs, look), 'warn')];
  told.add(place.server);
  // A hold says itself why the server is where it is.
  const reasons = server?.hold && settled ? [] : placeNotes(place);
  return { cells, notes: [...notes, ...pin, ...reasons.map((text) => note(text, settled ? 'quiet' : 'warn'))] };
}

/** A server that is only watched. */
function serverRow(server: ServerStatus, status: Status, look: Look): Row {
  const { director } = status;
  const mark = server.hold === null ? marks[server.status] : heldMark(server.hold.kind, 0);
  const age = duration(director.nowMs - server.sinceMs);
  return {
    cells: [badge(mark), [plain(server.name)], [plain(server.address)], [], [], [], checkMarks(server), [plain(age)]],
    notes: serverNotes(server, status, look),
  };
}

function placeMark(place: PlaceStatus, server: ServerStatus | undefined): Mark {
  if (server === undefined) return marks.unknown;
  if (server.hold !== null) return heldMark(server.hold.kind, place.activeConns);
  if (place.keptFailing) return { ...marks.fail, word: 'FAIL kept' };
  if (place.role === 'member' || server.status !== 'ok') return marks[server.status];
  if ((place.actualWeight ?? 0) > 0) return { glyph: '●', word: 'stand-in', tone: 'good' };
  return { glyph: '○', word: 'standby', tone: 'quiet' };
}

function heldMark(kind: 'drain' | 'disable', activeConns: number): Mark {
  if (kind === 'disable') return { glyph: '○', word: 'disabled', tone: 'warn' };
  return { glyph: '◐', word: activeConns > 0 ? 'draining' : 'drained', tone: 'warn' };
}

function checkMarks(server: ServerStatus | undefined): Cell {
  const one = (check: CheckStatusView): Line => {
    const mark = check.unknown === null ? marks[check.status] : marks.unknown;
    return [plain(check.monitor), toned(mark.tone, mark.glyph)];
  };
  return joined((server?.checks ?? []).map(one), ' ');
}

function serverNotes(server: ServerStatus, { director: { nowMs }, services }: Status, look: Look): Line[] {
  const held = server.hold === null ? [] : [note(holdText(server.hold, nowMs, look), 'warn')];
  const isShown = ({ service }: Pin): boolean =>
    services.some(({ name, places }) => name === service && places.some((place) => place.server === server.name));
  const waiting = (server.pins ?? []).filter((pin) => !isShown(pin));
  const pinned = waiting.map((pin) => note(`${pinText(pin, nowMs, look)} (it is not in that pool)`, 'warn'));
  const checks = server.checks.flatMap((check): Line[] => {
    if (check.unknown !== null) return [note(`${check.monitor} unknown: ${check.unknown}`, 'warn')];
    if (check.status === 'ok' || check.status === 'untested') return [];
    return [note(`${check.monitor}: ${check.summary} (${duration(nowMs - check.sinceMs)})`, marks[check.status].tone)];
  });
  const dark = server.pulse.state === 'dark' ? [note('pulse: the host is dark', 'bad')] : [];
  return [...held, ...pinned, ...dark, ...checks];
}

function placeNotes(place: PlaceStatus): readonly string[] {
  const notes: string[] = [];
  const unpinned = place.role === 'member' ? (steered(place)?.weight ?? place.configuredWeight) : null;
  const usual = place.pin?.inForce ? place.desiredWeight : unpinned;
  if (place.keptFailing || place.actualWeight !== usual || place.desiredWeight !== usual) notes.push(place.why);
  if (place.balanced !== undefined) notes.push(place.balanced.why);
  if (place.desiredWeight !== place.actualWeight) {
    notes.push(`table not in sync: ${weightText(place.actualWeight)}, to be ${weightText(place.desiredWeight)}`);
  }
  if (place.actualWeight === null && place.inactiveConns + place.activeConns > 0) {
    notes.push(`${count(place.activeConns, 'connection')} although not in the table`);
  }
  return notes.filter((text) => text !== '');
}

/** undefined: its weight is as configured. */
function steered({ balanced }: PlaceStatus): PlaceStatus['balanced'] {
  return balanced?.dryRun === true ? undefined : balanced;
}

function weightText(weight: number | null): string {
  return weight === null ? 'not in it' : `weight ${weight}`;
}

function note(text: string, tone: 'quiet' | 'warn' | 'bad' | 'good'): Line {
  return [plain('      '), toned(tone, text)];
}
