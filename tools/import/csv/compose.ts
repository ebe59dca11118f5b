/** The four files, found right, as our document. */
import { differencesOf, headOf } from '../cluster/document.ts';
import { insteadOfSendmail, localRelay, senderFor } from '../cluster/mail-address.ts';
import { type PoolDraft, poolSections } from '../cluster/pool-sections.ts';
import type { Imported } from '../import.ts';
import type { Params } from './params.ts';
import type { Backup, Client, Route } from './routes.ts';

export interface CsvCluster {
  readonly params: Params;
  readonly routes: ReadonlyMap<number, Route>;
  readonly backups: ReadonlyMap<string, Backup>;
  readonly clients: ReadonlyMap<string, Client>;
  /** Comments of the files that have no better place. */
  readonly comments: Readonly<Record<'params' | 'routes' | 'backups' | 'clients', readonly string[]>>;
}

/** The ports that viewers come to: RTMP, and HLS or RTMP over HTTP. */
const viewerPorts = [1935, 8080];
const watchedPort = 1935;

/** More listed clients than this are kept in a file of their own. */
const mostInline = 300;

export function composeCsv(cluster: CsvCluster, changed: (text: string) => void): Omit<Imported, 'remarks'> {
  const { params, routes } = cluster;
  const pools = [...routes.values()].map((route) => poolOf(route, cluster));
  const members = pools.flatMap((pool) => pool.members);
  const servers = new Set([...members.map(({ server }) => server), ...members.flatMap(({ backups }) => backups)]);
  const sections = poolSections(new Map([...servers].map((address) => [address, address])), pools);
  const { clients, file } = clientsOf(cluster);
  const monitor = `tcp-${watchedPort}`;
  const alerts = ['failover', ...(params.mailTo.length === 0 ? [] : ['mail'])];

  changed(
    'a server is failing after 2 bad checks, the second one 100ms after the first, and ok after 2 good ones: ' +
      'mon acted on each check (`fall`, `rise`)',
  );
  for (const text of differencesOf(pools)) changed(text);
  if (params.mailTo.length > 0) changed(insteadOfSendmail);

  return {
    document: {
      head: headLines(cluster),
      sections: {
        servers: sections.servers,
        monitors: { [monitor]: { type: 'tcp', port: watchedPort, interval: '10s', fall: 2, rise: 2 } },
        watches: { edges: { servers: [...servers], monitors: [monitor], alerts } },
        classify: { vip: params.vips.value, ports: { tcp: viewerPorts }, clients },
        virtual_services: sections.virtualServices,
        alerts: { failover: { type: 'ipvs' }, ...mailAlert(params.mailTo) },
        ...mailSection(params.mailTo),
      },
      comments: commentsOf(cluster),
    },
    files: file === null ? [] : [file],
  };
}

function poolOf({ mark, servers, scheduler }: Route, { params, backups }: CsvCluster): PoolDraft {
  const isSingle = servers.length === 1;
  const members = servers.map((server) => {
    const backup = backups.get(server)?.backup;
    return { server, weight: 1, port: null, backups: isSingle && backup !== undefined ? [backup] : [] };
  });
  return {
    name: `mark-${mark}`,
    at: { kind: 'fwmark', mark, family: null },
    scheduler,
    persistenceS: params.persistenceS,
    persistencePrefix: null,
    forward: 'dr',
    members,
    failsBack: true,
  };
}

/** The /24 first, then the listed ones by mark. */
function clientsOf({ params, clients }: CsvCluster): {
  readonly clients: readonly object[];
  readonly file: { readonly name: string; readonly content: string } | null;
} {
  const rest = { from: params.domain.value, mark: params.fwdefault.value };
  const listed = [...clients.values()].filter(({ from }) => from !== rest.from);
  if (listed.length > mostInline) {
    const lines = ['IP,fwmark', ...listed.map(({ from, mark }) => `${from},${mark}`)];
    const file = { name: 'clients.csv', content: `${lines.join('\n')}\n` };
    return { clients: [rest, { file: file.name }], file };
  }
  const groups = new Map<number, string[]>();
  for (const { from, mark } of listed) groups.set(mark, [...(groups.get(mark) ?? []), from]);
  const inline = [...groups].map(([mark, from]) => ({ from: from.length === 1 ? from[0] : from, mark }));
  return { clients: [rest, ...inline], file: null };
}

function mailAlert(to: readonly string[]): object {
  return to.length === 0 ? {} : { mail: { type: 'mail', to, alertevery: 'none' } };
}

function mailSection([first]: readonly string[]): object {
  return first === undefined ? {} : { mail: { smtp: localRelay, from: senderFor(first) } };
}

function headLines({ params, comments }: CsvCluster): readonly string[] {
  return [
    ...headOf('csv', 'four CSV files', params.mailTo.length > 0),
    'Servers have their addresses as names: give them others where you like.',
    ...[...comments.params, ...comments.routes, ...comments.backups].map((line) => `  ${line}`),
  ];
}

function commentsOf({ routes, backups, comments }: CsvCluster): ReadonlyMap<string, readonly string[]> {
  const all: (readonly [string, readonly string[]])[] = [
    ...[...routes.values()].map((route) => [`virtual_services.mark-${route.mark}`, route.comments] as const),
    ...[...backups.values()].map((backup) => [`servers.${backup.server}`, backup.comments] as const),
    ['classify', comments.clients],
  ];
  return new Map(all.filter(([, lines]) => lines.length > 0));
}
