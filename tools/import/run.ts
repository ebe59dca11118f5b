/** `understudy import`: the files of another program as a configuration of ours. */
import { existsSync, linkSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import type { ConfigReport, ReadConfig } from '../../src/cli/config-report.ts';
import { clean } from '../../src/cli/render/look.ts';
import { count } from '../../src/cli/render/words.ts';
import { type ExitCode, type Session, UsageError } from '../../src/cli/session.ts';
import type { Config } from '../../src/config/config.ts';
import { didYouMean } from '../../src/config/suggest.ts';
import { writeDocument } from '../../src/config/write.ts';
import { type ImportFiles, isFolder, namesIn, openImportFiles } from './files.ts';
import { formatRemark, type Imported, type Remark } from './import.ts';

export interface ImportOptions {
  /** Undefined or `-`: stdout. */
  readonly output?: string;
  readonly force?: boolean;
  /** A file like hosts(5), for kinds that have host names. */
  readonly hosts?: string;
}

type Result = Imported | null;
type Read = (path: string, files: ImportFiles, options: ImportOptions) => Promise<Result>;

/** The name of the file in a folder, for a path that is a folder. */
const usualNames: Readonly<Record<string, string>> = {
  mon: 'mon.cf',
  keepalived: 'keepalived.conf',
  ldirectord: 'ldirectord.cf',
  haproxy: 'haproxy.cfg',
};

const kinds: Readonly<Record<string, Read>> = {
  csv: readCsvFolder,
  mon: async (path, files, { hosts }) => {
    const { importMon } = await import('./mon/index.ts');
    const table = hosts === undefined ? null : files.read(hosts);
    const file = files.read(path);
    if (file === null || (hosts !== undefined && table === null)) return null;
    return importMon({ file, hosts: table?.text ?? null });
  },
  keepalived: async (path, files) => {
    const { importKeepalived } = await import('./keepalived/index.ts');
    const file = files.read(path);
    return file === null ? null : importKeepalived({ file, ...files.include });
  },
  ldirectord: async (path, files) => {
    const { importLdirectord } = await import('./ldirectord/index.ts');
    const file = files.read(path);
    return file === null ? null : importLdirectord({ file, ...files.include });
  },
  haproxy: async (path, files) => {
    const { importHaproxy } = await import('./haproxy/index.ts');
    const file = files.read(path);
    return file === null ? null : importHaproxy({ file, ...files.include });
  },
};

export const importKinds: readonly string[] = Object.keys(kinds);

export async function importFrom(
  session: Session,
  readConfig: ReadConfig,
  kind: string,
  path: string,
  options: ImportOptions,
): Promise<ExitCode> {
  const read = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (read === undefined) {
    throw new UsageError(`expected one of ${importKinds.join(', ')}, got \`${kind}\`${didYouMean(kind, importKinds)}`);
  }
  if (options.hosts !== undefined && kind !== 'mon') throw new UsageError('--hosts is for mon only');
  const output = options.output === undefined || options.output === '-' ? null : options.output;
  if (output !== null) refuseIfThere(output, options);

  const files = openImportFiles();
  const usual = usualNames[kind];
  const source = usual !== undefined && isFolder(path) ? join(path, usual) : path;
  const imported = await read(source, files, options);
  const remarks = [...files.remarks(), ...(imported?.remarks ?? [])];
  printLines(session, remarks.map(formatRemark));
  const errors = remarks.filter((remark) => remark.kind === 'error').length;
  if (imported === null || errors > 0) {
    printLines(session, [`nothing was written: ${count(errors, 'error')} in ${path}${rest(remarks)}`]);
    return 1;
  }
  return keep(session, readConfig, imported, { output, path, read: files.known(), force: options.force === true });
}

interface Target {
  /** null: stdout. */
  readonly output: string | null;
  readonly path: string;
  /** Files that must stay as they are. */
  readonly read: readonly string[];
  readonly force: boolean;
}

/** No file is written to its place before the whole configuration was found valid. */
async function keep(
  session: Session,
  readConfig: ReadConfig,
  { document, remarks, files }: Imported,
  target: Target,
): Promise<ExitCode> {
  const { output } = target;
  const text = writeDocument(document);
  const name = output === null ? 'understudy.yaml' : basename(output);
  const all = [...files, { name, content: text }];
  const folder = output === null ? null : dirname(resolve(output));
  if (folder !== null) for (const file of all) refuseToReplace(join(folder, file.name), all, target);
  const stage = stageIn(folder ?? tmpdir());
  try {
    for (const file of all) writeFileSync(join(stage, file.name), file.content, { flag: 'wx' });
    const report = await readConfig(join(stage, name));
    const inStage = (line: string) => line.replaceAll(`${stage}/`, '');
    if (report.config === null) {
      printLines(session, report.problems.map(inStage));
      printLines(session, [
        'nothing was written: the generated configuration is invalid. This is a bug, please report it',
      ]);
      return 1;
    }
    if (folder === null) session.out.write(text);
    else for (const file of all) move(join(stage, file.name), join(folder, file.name), target.force);
    printLines(session, closing(report, report.config, remarks, files, target));
    return 0;
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

function closing(
  { warnings }: ConfigReport,
  { servers, checks, services }: Config,
  remarks: readonly Remark[],
  files: Imported['files'],
  { output, path }: Target,
): readonly string[] {
  const names = files.map(({ name }) => name).join(', ');
  const made = [count(servers.size, 'server'), count(checks.length, 'check'), count(services.size, 'virtual service')];
  const warned = warnings.length === 0 ? '' : `, ${count(warnings.length, 'warning')}`;
  const next = `understudy check-config ${output ?? 'FILE'}`;
  const beside = files.length === 0 || output === null ? '' : ` and ${names}`;
  return [
    ...(files.length > 0 && output === null
      ? [`${names}: not written, \`-o FILE\` writes it next to the configuration`]
      : []),
    `${output ?? `configuration of ${path}`}${beside}: ${made.join(', ')}${rest(remarks)}${warned}; next: ${next}`,
  ];
}

async function readCsvFolder(path: string, files: ImportFiles): Promise<Result> {
  const { csvFiles, importCsv } = await import('./csv/index.ts');
  if (!isFolder(path)) {
    const why = `expected a folder with ${Object.values(csvFiles).join(', ')}`;
    return importedNothing({ file: path, line: null, kind: 'error', text: why });
  }
  const wanted = Object.values<string>(csvFiles);
  const others = namesIn(path).filter((name) => /\.csv$/i.test(name) && !wanted.includes(name));
  const read = wanted.filter((name) => namesIn(path).includes(name)).map((name) => files.read(join(path, name)));
  if (read.includes(null)) return null;
  const { remarks, ...imported } = importCsv(read.flatMap((file) => file ?? []));
  const skipped = others.map((name): Remark => {
    return { file: join(path, name), line: null, kind: 'skipped', text: `expected one of ${wanted.join(', ')}` };
  });
  return { ...imported, remarks: [...remarks, ...skipped] };
}

function importedNothing(remark: Remark): Imported {
  return { document: { head: [], sections: {}, comments: new Map() }, remarks: [remark], files: [] };
}

function refuseIfThere(output: string, { force }: ImportOptions): void {
  if (isFolder(output)) throw new UsageError(`-o: expected a file, got the folder ${output}`);
  if (!isFolder(dirname(resolve(output))))
    throw new UsageError(`-o: expected a folder that exists, got ${dirname(output)}`);
  if (existsSync(output) && !force) throw new Error(`${output} exists, --force overwrites it`);
}

function refuseToReplace(file: string, all: Imported['files'], { read, force }: Target): void {
  if (all.filter(({ name }) => name === basename(file)).length > 1) {
    throw new UsageError(`two files would be named ${basename(file)}: use another name with -o`);
  }
  if (!existsSync(file)) return;
  const same = realpathSync(file);
  if (read.some((source) => realpathSync(source) === same)) {
    throw new Error(`${file} is the file to import: use another folder with -o`);
  }
  if (!force) throw new Error(`${file} exists, --force overwrites it`);
}

/** A folder next to the target, so that a file moves from there in one step. */
function stageIn(folder: string): string {
  try {
    return mkdtempSync(join(folder, '.understudy-import-'));
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    throw new Error(`cannot write to ${folder}: ${code === 'EACCES' ? 'permission denied' : code}`, { cause });
  }
}

/** Whole or not at all, and without `force` never over an existing file. */
function move(from: string, to: string, force: boolean): void {
  try {
    if (force) renameSync(from, to);
    else linkSync(from, to);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') {
      throw new Error(`${to} exists, --force overwrites it`, { cause });
    }
    throw cause;
  }
}

function rest(remarks: readonly Remark[]): string {
  const parts = (['skipped', 'changed'] as const).flatMap((kind) => {
    const number = remarks.filter((remark) => remark.kind === kind).length;
    return number === 0 ? [] : `${number} ${kind}`;
  });
  return parts.length === 0 ? '' : `; ${parts.join(', ')}`;
}

function printLines(session: Session, lines: readonly string[]): void {
  session.err.write(lines.map((line) => `${clean(line)}\n`).join(''));
}
