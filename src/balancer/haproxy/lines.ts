/**
 * Reads the server lines of HAProxy's backends from `show servers state`, and from `show stat` what that lacks
 * (management guide, section 9). Columns are found by name, since they differ between versions. `show servers conn`
 * does not count streams of `mode tcp`: its used_cur was 0 while scur was 1 in HAProxy 2.6.12.
 */
import { BalancerError } from '../balancer.ts';

/** The current state of one `server` line. */
export interface ServerLine {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  /** srv_admin_state, as the bits of `admin`. */
  readonly admin: number;
  /** False: HAProxy's own check or agent marked it down. */
  readonly isUp: boolean;
  readonly isChecked: boolean;
  /** Its agent sets its weight. */
  readonly hasAgent: boolean;
  /** Marked `backup`: it gets viewers only when no other line is up. */
  readonly isLastResort: boolean;
  readonly conns: number;
}

/** enum srv_admin of include/haproxy/server-t.h. */
export const admin = {
  forcedMaint: 0x01,
  inheritedMaint: 0x02,
  /** The line in the file says `disabled`; the bit remains after the server was set ready. */
  configuredMaint: 0x04,
  forcedDrain: 0x08,
  inheritedDrain: 0x10,
  unresolved: 0x20,
} as const;

/** CHK_ST_ENABLED of include/haproxy/check-t.h. */
const checkEnabled = 0x04;

export interface Reading {
  /**
   * Identifies the process that answered, which changes with each reload. It includes the start time, since pids repeat
   * in containers. null: not reported.
   */
  readonly process: string | null;
  readonly backends: ReadonlyMap<string, readonly ServerLine[]>;
}

export function questions(backends: readonly string[]): readonly string[] {
  // -1 4 -1: all servers. By name, a frontend with the same name as the backend would match, which has no servers.
  return ['show info', ...backends.map((name) => `show servers state ${name}`), 'show stat -1 4 -1'];
}

type Row = ReadonlyMap<string, string>;
type Section = 'state' | 'stat';

const firstColumns: Readonly<Record<string, Section>> = { be_id: 'state', pxname: 'stat' };

/** Throws BalancerError. Backends that HAProxy does not have are missing from the result. */
export function parseReading(text: string): Reading {
  let process: string | null = null;
  let section: Section | null = null;
  let columns: readonly string[] = [];
  const states: Row[] = [];
  const conns = new Map<string, number>();
  const lastResorts = new Set<string>();
  for (const line of text.split('\n')) {
    if (line === '') section = null;
    const value = /^(?:Pid|Start_time_sec): (\d+)$/.exec(line)?.[1];
    if (value !== undefined) process = process === null ? value : `${process} since ${value}`;
    if (line.startsWith('# ')) {
      columns = line.slice(2).split(/[ ,]/);
      section = firstColumns[columns[0] ?? ''] ?? null;
    } else if (section !== null && line !== '') {
      const row = new Map(cells(line, section).map((cell, at) => [columns[at] ?? '', cell]));
      if (section === 'state') states.push(row);
      else {
        const path = `${row.get('pxname')}/${row.get('svname')}`;
        conns.set(path, count(row, 'scur', line));
        if (row.get('bck') === '1') lastResorts.add(path);
      }
    }
  }
  const backends = new Map<string, ServerLine[]>();
  for (const row of states) {
    const backend = row.get('be_name') ?? '';
    const path = `${backend}/${row.get('srv_name') ?? ''}`;
    const lines = backends.get(backend) ?? [];
    const open = conns.get(path);
    // A truncated answer must not look like a server without streams.
    if (open === undefined) throw unexpected('a line of `show stat` for each server', `none for ${path}`);
    lines.push(serverLine(row, open, lastResorts.has(path)));
    backends.set(backend, lines);
  }
  return { process, backends };
}

/** The numbers in `show stat` come before any free text, so quotes need no handling here. */
function cells(line: string, section: Section): readonly string[] {
  return line.split(section === 'stat' ? ',' : ' ');
}

function serverLine(row: Row, conns: number, isLastResort: boolean): ServerLine {
  const text = [...row.values()].join(' ');
  const name = row.get('srv_name');
  const address = row.get('srv_addr');
  if (name === undefined || address === undefined) throw unexpected('a server with srv_name and srv_addr', text);
  return {
    name,
    address: address.toLowerCase(),
    port: count(row, 'srv_port', text),
    weight: count(row, 'srv_uweight', text),
    admin: count(row, 'srv_admin_state', text),
    isUp: count(row, 'srv_op_state', text) !== 0,
    isChecked: isEnabled(row.get('srv_check_state')),
    hasAgent: isEnabled(row.get('srv_agent_state')),
    isLastResort,
    conns,
  };
}

function isEnabled(state: string | undefined): boolean {
  return (Number(state ?? 0) & checkEnabled) !== 0;
}

function count(row: Row, column: string, line: string): number {
  const text = row.get(column) ?? '';
  if (!/^\d{1,9}$/.test(text)) throw unexpected(`a number as ${column}`, line);
  return Number(text);
}

function unexpected(expected: string, line: string): BalancerError {
  return new BalancerError('unread', `HAProxy: expected ${expected}, got \`${line.slice(0, 200)}\``);
}
