/** The groups of `classify` and their clients, from the document and from files. */
import { isAbsolute, join, resolve } from 'node:path';
import type { ClientMark, PacketGroup, PortRange } from '../../../core/marks.ts';
import { type Entry, isMap, type Loading, parseEntry, validOf } from '../../entry.ts';
import type { Path, Report, ReportLine } from '../../problems.ts';
import { showValue } from '../../show.ts';
import { readTextFile } from '../../text-file.ts';
import { valueAt } from '../../wording.ts';
import type { DirectorEntry } from '../director.ts';
import { maxClientsFileBytes, parseClientsFile } from './clients-file.ts';
import { clientForms, type GroupEntry, groupFrameSchema } from './schema.ts';

/** Which packets get which mark; without groups nothing is marked. */
export interface ClassifyConfig {
  /** `auto`: what the host has, nftables first. */
  readonly backend: DirectorEntry['packet_filter'];
  /** At most one of them is by client. */
  readonly groups: readonly PacketGroup[];
  readonly clients: readonly ConfiguredClient[];
}

export interface ConfiguredClient extends ClientMark {
  /** Where it is written: `understudy.yaml:12`, `clients.csv:7`. */
  readonly where: string;
}

export interface Group extends Entry<GroupEntry> {
  readonly line: (path: Path) => number;
  /** Each network once; null: the group has no `clients`. */
  readonly clients: readonly ListedClient[] | null;
  /** What is listed again, and where it is listed first. */
  readonly repeats: readonly { readonly again: ListedClient; readonly first: ListedClient }[];
}

export interface ListedClient extends ConfiguredClient {
  readonly place: Place;
}

export type Place = { readonly path: Path } | { readonly file: string; readonly line: number };

/** Far more than any cluster has; this many are read within a second or two. */
const maxClients = 250_000;

export function reportAt(place: Place, message: string, report: Report, reportLine: ReportLine): void {
  if ('path' in place) report(place.path, message);
  else reportLine(place.file, { line: place.line, column: 1 }, message);
}

/** One group as a map, or several as a list of maps. */
export function parseClassify(loading: Loading): readonly Group[] {
  const value = valueAt(loading.value, ['classify']);
  if (value === undefined) return [];
  if (isMap(value)) return [parseGroup(['classify'], loading)];
  if (Array.isArray(value)) return value.map((_, at) => parseGroup(['classify', at], loading));
  const shown = showValue(valueAt(loading.written, ['classify']));
  loading.report(['classify'], `expected a map with \`vip\` and \`ports\`, or a list of them, got ${shown}`);
  return [];
}

function parseGroup(path: Path, loading: Loading): Group {
  const entry = parseEntry(groupFrameSchema, path, loading);
  const line = (inside: Path) => loading.whereIs(inside).line;
  if (entry.fields.clients === undefined) return { ...entry, line, clients: null, repeats: [] };
  return { ...entry, line, ...parseClients(entry, loading) };
}

function parseClients({ path, fields }: Entry<GroupEntry>, loading: Loading) {
  const known = new Map<string, ListedClient>();
  const repeats: { again: ListedClient; first: ListedClient }[] = [];
  const files = new Set<string>();
  for (const [at, value] of (fields.clients ?? []).entries()) {
    const entryPath = [...path, 'clients', at];
    const listed =
      isMap(value) && Object.hasOwn(value, 'file') ? readFile(entryPath, files, loading) : listHere(entryPath, loading);
    for (const client of listed) {
      const first = known.get(client.network.text);
      if (first === undefined) known.set(client.network.text, client);
      else repeats.push({ again: client, first });
    }
  }
  const clients = [...known.values()];
  const excess = clients[maxClients];
  if (excess !== undefined) {
    const message = `expected at most ${maxClients} addresses and networks in \`clients\`, got ${clients.length}`;
    reportAt(excess.place, message, loading.report, loading.reportLine);
  }
  return { clients, repeats };
}

function listHere(path: Path, loading: Loading): readonly ListedClient[] {
  const { valid } = parseEntry(clientForms.listed, path, loading);
  if (valid === null) return [];
  const { from, mark } = valid;
  return from.flatMap((networks, at) => {
    const isList = Array.isArray(valueAt(loading.value, [...path, 'from']));
    const place = { path: isList ? [...path, 'from', at] : [...path, 'from'] };
    const { name, line } = loading.whereIs(place.path);
    return networks.map((network) => ({ network, mark, where: `${name}:${line}`, place }));
  });
}

function readFile(path: Path, files: Set<string>, loading: Loading): readonly ListedClient[] {
  const { valid } = parseEntry(clientForms.file, path, loading);
  if (valid === null) return [];
  const { folder, report, reportLine } = loading;
  const absolute = resolve(folder, valid.file);
  const filePath = [...path, 'file'];
  if (files.has(absolute)) {
    report(filePath, `duplicate file ${showValue(valid.file)}, expected each file once`);
    return [];
  }
  files.add(absolute);
  const read = readTextFile(absolute, maxClientsFileBytes);
  if ('cause' in read) {
    report(filePath, `the list of clients cannot be read: ${read.cause}`);
    return [];
  }
  const name = loading.secrets.get(valid.file) ?? valid.file;
  const shown = isAbsolute(name) ? name : join(loading.shownFolder, name);
  const { clients, faults } = parseClientsFile(read.text);
  for (const { position, message } of faults) reportLine(shown, position, message);
  return clients.flatMap(({ networks, mark, line }) => {
    const place = { file: shown, line };
    const where = `${name}:${line}`;
    return networks.map((network) => ({ network, mark, where, place }));
  });
}

export function buildClassify(drafts: readonly Group[], backend: ClassifyConfig['backend']): ClassifyConfig {
  const groups = drafts.map((group): PacketGroup => {
    const { interface: name = null, vip, ports, mark, default: others } = validOf(group);
    return {
      interface: name,
      vips: vip,
      tcp: joinRanges(ports.tcp ?? []),
      udp: joinRanges(ports.udp ?? []),
      byClient: group.clients !== null,
      mark: mark ?? others ?? null,
    };
  });
  const clients = drafts.flatMap((draft) => draft.clients ?? []);
  return { backend, groups, clients: clients.map(({ network, mark, where }) => ({ network, mark, where })) };
}

/** Sorted, without overlaps or neighbours: `[1935, 1935-1936, 1937]` is one range. */
function joinRanges(ranges: readonly PortRange[]): readonly PortRange[] {
  const joined: PortRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.first - b.first)) {
    const before = joined.at(-1);
    if (before === undefined || range.first > before.last + 1) joined.push(range);
    else joined[joined.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
  }
  return joined;
}
