/** Which client gets which mark: asked, set, unset, listed. */
import {
  type ClientChange,
  type ClientList,
  type ClientRow,
  clientRowLimit,
  type FoundClient,
} from '../api/clients.ts';
import type { Client } from './client.ts';
import type { JsonOption } from './options.ts';
import { clientChangeLines, clientListLines, foundClientLines } from './render/clients.ts';
import { type ExitCode, lookOf, print, printJson, type Session, UsageError } from './session.ts';

export interface ClientMarksOptions extends JsonOption {
  readonly why?: string;
  readonly all?: boolean;
}

/** Rows that are shown without being asked for. */
const shownRows = 100;
/** A hundred thousand clients that are just being applied come first. */
const patient = { timeoutMs: 30_000 };
/** Readings of the list that others changed meanwhile. */
const readings = 3;

const forms = {
  set: 'understudy client set 192.168.7.21 2',
  unset: 'understudy client unset 192.168.7.21',
  list: 'understudy client list',
  find: 'understudy client find 192.168.7.21',
} as const;

export async function clientMarks(
  session: Session,
  client: Client,
  [action = '', network = '', mark = '']: readonly string[],
  options: ClientMarksOptions,
): Promise<ExitCode> {
  refuseWrongForm(action, network, mark, options);
  const nowMs = session.clock.wallMs();
  const hand = { by: session.by, why: options.why ?? '' };
  const path = `/clients/${encodeURIComponent(network)}`;
  switch (action) {
    case 'set':
      return tellChange(
        session,
        await client.post<ClientChange>(path, { mark: markOf(mark), ...hand }, patient),
        options,
      );
    case 'unset':
      return tellChange(
        session,
        await client.delete<ClientChange>(`${path}?${new URLSearchParams(hand)}`, patient),
        options,
      );
    case 'find': {
      const found = await client.get<FoundClient>(path);
      if (options.json) printJson(session, found);
      else print(session, foundClientLines(found, nowMs, lookOf(session)));
      return 0;
    }
    default: {
      const { rows, ...list } = await readList(client, options.all === true || options.json === true);
      if (options.json) printJson(session, { ...list, clients: rows });
      else print(session, clientListLines({ ...list, rows }, rows, nowMs, lookOf(session)));
      return 0;
    }
  }
}

function tellChange(session: Session, change: ClientChange, options: JsonOption): ExitCode {
  if (options.json) printJson(session, change);
  else print(session, clientChangeLines(change, session.clock.wallMs()));
  return 0;
}

function refuseWrongForm(action: string, network: string, mark: string, options: ClientMarksOptions): void {
  if (!isAction(action)) throw new UsageError(`expected one of ${Object.keys(forms).join(', ')}, got \`${action}\``);
  const given = [network, mark].filter((text) => text !== '').length;
  const needed = { set: 2, unset: 1, list: 0, find: 1 }[action];
  if (given !== needed) {
    const what = ['no client', 'one client and no mark', 'a client and a mark'][needed];
    throw new UsageError(`client ${action}: expected ${what}, as in \`${forms[action]}\``);
  }
  if (options.why !== undefined && action !== 'set' && action !== 'unset') {
    throw new UsageError(`--why: expected with \`client set\` or \`client unset\`, got \`client ${action}\``);
  }
  if (options.all && action !== 'list')
    throw new UsageError(`--all: expected with \`client list\`, got \`client ${action}\``);
}

function isAction(text: string): text is keyof typeof forms {
  return Object.hasOwn(forms, text);
}

function markOf(text: string): number {
  const mark = /^(\d{1,10}|0x[\da-f]{1,8})$/i.test(text) ? Number(text) : 0;
  if (mark >= 1 && mark <= 0xffff_ffff) return mark;
  throw new UsageError(`expected a mark, a whole number from 1 to 4294967295, got \`${text}\``);
}

/** In pages, so that the daemon never stands still for long. All rows, or those by hand and as many as are shown. */
async function readList(client: Client, all: boolean): Promise<ClientList> {
  for (let reading = 1; ; reading += 1) {
    const first = await page(client, 0, all ? clientRowLimit.max : shownRows);
    const rows: ClientRow[] = [...first.rows];
    const enough = all ? first.total : first.overrides;
    let version = first.version;
    while (rows.length < enough && version === first.version) {
      const next = await page(client, rows.length, clientRowLimit.max);
      version = next.rows.length === 0 ? -1 : next.version;
      rows.push(...next.rows.slice(0, enough - rows.length));
    }
    const isSmall = first.total <= shownRows;
    if (version === first.version || reading === readings) {
      return { ...first, rows: all || isSmall ? rows : rows.slice(0, first.overrides) };
    }
  }
}

function page(client: Client, from: number, limit: number): Promise<ClientList> {
  return client.get<ClientList>(`/clients?from=${from}&limit=${limit}`);
}
