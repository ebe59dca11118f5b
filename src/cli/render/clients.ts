/** Clients with their marks, and why they have them. */
import type {
  ClientChange,
  ClientGroup,
  ClientList,
  ClientMarkView,
  ClientRow,
  FoundClient,
} from '../../api/clients.ts';
import { type Cell, type Column, columns } from './columns.ts';
import { clean, type Line, type Look, plain, type Span, toned } from './look.ts';
import { duration } from './time.ts';
import { grouped, unsavedLines } from './words.ts';

const listColumns: readonly Column[] = [{}, { align: 'right' }, { min: 8 }, { min: 20 }];
/** Marks that the summary counts one by one. */
const countedMarks = 20;

/** `rows`: as many as shall be shown, those by hand first. */
export function clientListLines(list: ClientList, rows: readonly ClientRow[], nowMs: number, look: Look): Line[] {
  const heading = ['client', 'mark', 'service', 'source'].map((word): Cell => [toned('quiet', word)]);
  const cells = rows.map((row): readonly Cell[] => [
    [plain(row.network)],
    [plain(row.mark === null ? '-' : String(row.mark))],
    serviceCell(row),
    [row.override === null ? plain(sourceOf(row, nowMs)) : toned('warn', sourceOf(row, nowMs))],
  ]);
  const left = list.total - rows.length;
  return [
    headLine(list),
    ...(rows.length === 0 ? [] : columns(listColumns, [heading, ...cells], look, 2)),
    ...(left > 0 ? leftLines(list, left, look) : []),
  ];
}

function headLine({ total, overrides, defaultMark, inUse }: ClientList): Line {
  if (total === 0 && !inUse) return [toned('quiet', 'no clients are listed: no group of packets is by client')];
  const others = defaultMark === null ? 'all others get no mark' : `all others get mark ${defaultMark}`;
  const manual = overrides === 0 ? '' : `, ${grouped(overrides)} manual`;
  const use: Line = inUse ? [plain(`, ${others}`)] : [toned('warn', ', not in use: no group of packets is by client')];
  return [toned('strong', `${grouped(total)} ${total === 1 ? 'client' : 'clients'}`), plain(manual), ...use];
}

function leftLines({ marks }: ClientList, left: number, look: Look): Line[] {
  const rows = marks
    .slice(0, countedMarks)
    .map(({ mark, service, networks }): readonly Cell[] => [
      [plain(`mark ${mark}`)],
      service === null ? [toned('warn', 'no virtual service')] : [plain(service)],
      [plain(`${grouped(networks)} ${networks === 1 ? 'client' : 'clients'}`)],
    ]);
  const more = marks.length - rows.length;
  return [
    [],
    ...columns([{}, { min: 8 }, { align: 'right' }], rows, look, 2),
    ...(more > 0 ? [[toned('quiet', `  and ${grouped(more)} more marks`)]] : []),
    [toned('quiet', `${grouped(left)} more in the configuration: understudy client list --all`)],
  ];
}

export function foundClientLines(found: FoundClient, nowMs: number, look: Look): Line[] {
  const { client, mark, listed, unset, inside, groups } = found;
  const lines: Line[] = [
    [toned('strong', client), plain('  '), mark === null ? toned('warn', 'no mark') : toned('good', `mark ${mark}`)],
    [toned('quiet', '  because '), plain(reasonOf(found, nowMs))],
  ];
  if (unset !== null) {
    const what = unset.network === client ? 'it' : unset.network;
    lines.push([toned('quiet', '      and '), plain(`${what} was ${sourceOf(unset, nowMs)}`)]);
  }
  if (listed?.override != null && listed.configured !== null) {
    const { mark: configuredMark, where } = listed.configured;
    lines.push([toned('quiet', '      and '), plain(`the configuration says mark ${configuredMark} (${where})`)]);
  }
  if (inside > 0) {
    lines.push([
      toned('quiet', '  inside  '),
      plain(`${grouped(inside)} longer ${inside === 1 ? 'network has a mark' : 'networks have marks'} of their own`),
    ]);
  }
  if (groups.length === 0) lines.push([toned('warn', '  no group of packets has a virtual address of its family')]);
  return [...lines, ...columns([{}, {}, { min: 8 }, { min: 12 }], groups.map(groupCells), look, 2)];
}

function groupCells({ packets, mark, service, pooled }: ClientGroup): readonly Cell[] {
  const servers = (pooled ?? []).map(({ server, weight }) => (weight === 1 ? server : `${server} (weight ${weight})`));
  return [
    [plain(packets)],
    [plain(mark === null ? 'no mark' : `mark ${mark}`)],
    mark === null ? [] : [service === null ? toned('bad', 'no virtual service') : plain(service)],
    service === null ? [] : [pooledSpan(pooled === null ? null : servers)],
  ];
}

/** null: the table was not read yet. */
function pooledSpan(servers: readonly string[] | null): Span {
  if (servers === null) return toned('warn', 'table not read yet');
  return servers.length === 0 ? toned('bad', 'no server') : plain(servers.join(', '));
}

/** `✔ 192.168.7.21  mark 2 (playout2) instead of 1, in 12.4 ms`. */
export function clientChangeLines(change: ClientChange, nowMs: number): Line[] {
  const { client, before, now, service, tookMs, unsaved } = change;
  const mark = now.mark === null ? 'no mark' : `mark ${now.mark}`;
  const where = service === null ? '' : ` (${service})`;
  const took = tookMs < 10 ? tookMs.toFixed(1) : String(Math.round(tookMs));
  const was = before.mark === now.mark ? ', as before' : ` instead of ${before.mark === null ? 'none' : before.mark}`;
  return [
    [toned('good', `✔ ${client}`), plain(`  ${mark}${where}${was}, in ${took} ms`)],
    [toned('quiet', '  now     '), plain(reasonOf({ ...now, client }, nowMs))],
    [toned('quiet', '  before  '), plain(reasonOf({ ...before, client }, nowMs))],
    ...unsavedLines(unsaved),
  ];
}

function serviceCell({ mark, service }: ClientRow): Cell {
  if (mark === null) return [];
  return service === null ? [toned('bad', 'no virtual service')] : [plain(service)];
}

function reasonOf({ client, listed }: ClientMarkView & { readonly client: string }, nowMs: number): string {
  if (listed === null) return 'default';
  return listed.network === client ? sourceOf(listed, nowMs) : `${listed.network}, ${sourceOf(listed, nowMs)}`;
}

/** `clients.csv:7`, `set by anna 2h ago: why`. */
function sourceOf({ mark, override, configured }: ClientRow, nowMs: number): string {
  if (override === null) return clean(configured?.where ?? '');
  const why = override.why === '' ? '' : `: ${clean(override.why)}`;
  return `${mark === null ? 'unset' : 'set'} by ${clean(override.by)} ${duration(nowMs - override.atMs)} ago${why}`;
}
