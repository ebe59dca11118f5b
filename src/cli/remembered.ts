/** Manual overrides and failing servers: from the daemon, which has the database open, or from the database. */

import { type ClientList, type ClientRow, clientRowLimit } from '../api/clients.ts';
import type { Kernel, Remembered } from '../apply/kernel.ts';
import type { Config } from '../config/config.ts';
import { parseNetwork } from '../config/networks.ts';
import type { ClientOverride } from '../core/marks.ts';
import { askDaemon } from './beside-daemon.ts';
import { type Client, Refused } from './client.ts';

export interface RememberedNow extends Remembered {
  /** A daemon runs for this configuration. */
  readonly daemon: boolean;
}

/** Readings of a list that others change meanwhile. */
const readings = 3;

export async function rememberedNow(config: Config, kernel: Kernel): Promise<RememberedNow> {
  const daemon = await askDaemon(config);
  if (daemon === null) return { ...(await kernel.remembered('reader')), daemon: false };
  const { client, status } = daemon;
  const holds = status.servers.flatMap(({ name, hold }) => (hold === null ? [] : [[name, hold.kind] as const]));
  return {
    holds: new Map(holds),
    pins: status.servers.flatMap(({ pins }) => pins ?? []),
    failing: new Set(status.incidents.map(({ server }) => server)),
    overrides: config.classify.groups.some(({ byClient }) => byClient) ? await readOverrides(client) : [],
    daemon: true,
  };
}

async function readOverrides(client: Client): Promise<readonly ClientOverride[]> {
  for (let reading = 0; reading < readings; reading += 1) {
    const rows = await readHandRows(client);
    if (rows !== null) return rows.flatMap(overrideOf);
  }
  throw new Refused(
    `expected a list of clients that stands still, got one that changed ${readings} times while it was read`,
  );
}

/** Those by hand are first. null: it changed between two pages. */
async function readHandRows(client: Client): Promise<readonly ClientRow[] | null> {
  const rows: ClientRow[] = [];
  let version: number | null = null;
  for (;;) {
    const page: ClientList = await client.get(`/clients?from=${rows.length}&limit=${clientRowLimit.max}`);
    if (version !== null && page.version !== version) return null;
    ({ version } = page);
    rows.push(...page.rows);
    if (rows.length >= page.overrides || page.rows.length === 0)
      return rows.filter(({ override }) => override !== null);
  }
}

function overrideOf({ network: text, mark }: ClientRow): readonly ClientOverride[] {
  const network = parseNetwork(text);
  return 'ok' in network ? [{ network: network.ok, mark }] : [];
}
