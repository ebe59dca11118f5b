/** Where the files must agree. */
import type { Remarks } from '../cluster/remarks.ts';
import type { Params } from './params.ts';
import type { Backup, Client, Route } from './routes.ts';

/** The files, as remarks name them. */
export type Names = Readonly<Record<'params' | 'routes' | 'backups' | 'clients', string>>;

/** A single server is swapped, and for that it needs its backup; of several the failed one only goes. */
export function checkBackups(
  routes: ReadonlyMap<number, Route>,
  backups: ReadonlyMap<string, Backup>,
  names: Names,
  remarks: Remarks,
): void {
  const [singles, several] = [new Set<string>(), new Set<string>()];
  for (const { mark, line, servers } of routes.values()) {
    for (const server of servers) (servers.length === 1 ? singles : several).add(server);
    const [only = ''] = servers;
    if (servers.length > 1 || backups.has(only)) continue;
    const expected = `expected a row for it in ${names.backups}, got none`;
    remarks.error({ file: names.routes, line }, `mark ${mark} has the server \`${only}\` alone: ${expected}`);
  }
  const routesAreRight = remarks.list().every(({ file, kind }) => file !== names.routes || kind !== 'error');
  for (const { server, line } of backups.values()) {
    if (singles.has(server) || !routesAreRight) continue;
    const why = several.has(server)
      ? `\`${server}\` has only marks with several servers, where none is swapped`
      : `\`${server}\` is in no row of ${names.routes}`;
    remarks.skipped({ file: names.backups, line }, `${why}, so this backup is not used`);
  }
}

export function checkMarks(
  params: Params | null,
  routes: ReadonlyMap<number, Route>,
  clients: ReadonlyMap<string, Client> | null,
  names: Names,
  remarks: Remarks,
): void {
  const missing = (mark: number) => `mark ${mark} has no route: expected a row for it in ${names.routes}, got none`;
  for (const { mark, line } of clients?.values() ?? []) {
    if (!routes.has(mark)) remarks.error({ file: names.clients, line }, missing(mark));
  }
  if (params === null || routes.has(params.fwdefault.value)) return;
  remarks.error({ file: names.params, line: params.fwdefault.line }, missing(params.fwdefault.value));
}

export function checkDomain(
  params: Params,
  clients: ReadonlyMap<string, Client>,
  names: Names,
  remarks: Remarks,
): void {
  const listed = clients.get(params.domain.value);
  if (listed === undefined) return;
  const at = { file: names.clients, line: listed.line };
  const all = `\`${listed.from}\` is all of ip_domain, which gets fwdefault`;
  if (listed.mark === params.fwdefault.value) remarks.skipped(at, `${all} anyway`);
  else remarks.error(at, `${all} ${params.fwdefault.value}, expected the same mark here, got \`${listed.mark}\``);
}
