/** A cluster that is four CSV files in a folder. */
import { createRemarks } from '../cluster/remarks.ts';
import type { Imported, SourceText } from '../import.ts';
import { checkBackups, checkDomain, checkMarks } from './agreement.ts';
import { type CsvCluster, composeCsv } from './compose.ts';
import { paramColumns, readParams } from './params.ts';
import { backupColumns, clientColumns, readBackups, readClients, readRoutes, routeColumns } from './routes.ts';
import { readTable, type Table } from './table.ts';

/** The files that belong to it; all are needed. */
export const csvFiles = {
  params: 'param.csv',
  routes: 'fwmark-routing-list.csv',
  backups: 'realserver-backup-list.csv',
  clients: 'client-list.csv',
} as const;

/** Each file is known by the last part of its name. */
export function importCsv(files: readonly SourceText[]): Imported {
  const remarks = createRemarks();
  const table = <Column extends string>(name: string, columns: readonly Column[]): Table<Column> | null => {
    const file = files.find((one) => one.name.slice(one.name.lastIndexOf('/') + 1) === name);
    if (file === undefined) remarks.error({ file: name, line: null }, 'expected this file in the folder, got none');
    return file === undefined ? null : readTable(file, columns, remarks);
  };
  const known = Object.values<string>(csvFiles);
  for (const { name } of files) {
    if (known.includes(name.slice(name.lastIndexOf('/') + 1))) continue;
    remarks.skipped({ file: name, line: null }, `expected one of ${known.join(', ')}`);
  }

  const tables = {
    params: table(csvFiles.params, paramColumns),
    routes: table(csvFiles.routes, routeColumns),
    backups: table(csvFiles.backups, backupColumns),
    clients: table(csvFiles.clients, clientColumns),
  };
  const params = tables.params && readParams(tables.params, remarks);
  const routes = tables.routes && readRoutes(tables.routes, remarks);
  const backups = tables.backups && readBackups(tables.backups, remarks);
  const clients = tables.clients && readClients(tables.clients, remarks);

  const names = {
    params: tables.params?.file ?? csvFiles.params,
    routes: tables.routes?.file ?? csvFiles.routes,
    backups: tables.backups?.file ?? csvFiles.backups,
    clients: tables.clients?.file ?? csvFiles.clients,
  };
  if (routes !== null && backups !== null) checkBackups(routes, backups, names, remarks);
  if (routes !== null) checkMarks(params, routes, clients, names, remarks);
  if (params !== null && clients !== null) checkDomain(params, clients, names, remarks);

  const sorted = (): Imported['remarks'] => inOrderOf(Object.values(names), remarks.list());
  const isValid = remarks.list().every(({ kind }) => kind !== 'error');
  if (!isValid || params === null || routes === null || backups === null || clients === null) {
    return { document: { head: [], sections: {}, comments: new Map() }, remarks: sorted(), files: [] };
  }
  const comments = {
    params: commentsOf(tables.params),
    routes: tables.routes?.lastComments ?? [],
    backups: tables.backups?.lastComments ?? [],
    clients: commentsOf(tables.clients),
  };
  const cluster: CsvCluster = { params, routes, backups, clients, comments };
  const composed = composeCsv(cluster, (text) => remarks.changed({ file: names.routes, line: null }, text));
  return { ...composed, remarks: sorted() };
}

function commentsOf<Column extends string>(table: Table<Column> | null): readonly string[] {
  return table === null ? [] : [...table.rows.flatMap((row) => row.comments), ...table.lastComments];
}

function inOrderOf(files: readonly string[], remarks: Imported['remarks']): Imported['remarks'] {
  return [...remarks].sort((a, b) => files.indexOf(a.file) - files.indexOf(b.file));
}
