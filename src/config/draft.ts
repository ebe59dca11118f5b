/** The document, section by section and entry by entry, right or not. */
import { type GroupDraft, parseClassify } from './classify-draft.ts';
import { type Entry, isMap, type Loading, parseEntry, parsePart } from './entry.ts';
import { type AlertDraft, type MonitorDraft, type Plugins, parseAlert, parseMonitor } from './kinds.ts';
import type { Path } from './problems.ts';
import {
  type DirectorEntry,
  directorSchema,
  type MailEntry,
  mailSchema,
  nameShape,
  type ServerEntry,
  serverSchema,
  type WatchEntry,
  watchSchema,
} from './schema.ts';
import { keepSecret, readSecretFiles, secretFileKeys } from './secrets.ts';
import { type ServiceEntry, serviceSchema } from './service-schema.ts';
import { showValue } from './show.ts';
import { didYouMean } from './suggest.ts';
import { valueAt } from './wording.ts';

export interface Draft {
  readonly director: Entry<DirectorEntry>;
  readonly servers: Section<Entry<ServerEntry>>;
  readonly monitors: Section<MonitorDraft>;
  readonly watches: Section<Entry<WatchEntry>>;
  readonly services: Section<Entry<ServiceEntry>>;
  readonly classify: readonly GroupDraft[];
  readonly alerts: Section<AlertDraft>;
  /** null: there is no such section. */
  readonly mail: Entry<MailEntry> | null;
}

export interface Section<E> {
  /** False when the section is not even a map: then nothing can be said about names in it. */
  readonly readable: boolean;
  readonly entries: ReadonlyMap<string, E>;
}

const requiredSections = ['servers', 'monitors', 'watches'];
export const sections = ['director', 'plugins', ...requiredSections, 'virtual_services', 'classify', 'alerts', 'mail'];

export function parseDocument(plugins: Plugins, loading: Loading): Draft | null {
  const { value, report } = loading;
  const expected = `expected a map with ${requiredSections.map((name) => `\`${name}\``).join(', ')}`;
  if (!isMap(value)) {
    report([], value === null ? `the file is empty, ${expected}` : `${expected}, got ${showValue(loading.written)}`);
    return null;
  }
  for (const key of Object.keys(value).filter((name) => !sections.includes(name))) {
    report([key], `unknown key ${showValue(key)}${didYouMean(key, sections)}`, 'key');
  }
  const section = <E>(name: string, parse: (path: Path) => E) => parseSection(name, parse, loading);
  return {
    director: parseDirector(loading),
    servers: section('servers', (path) => parseEntry(serverSchema, path, loading)),
    monitors: section('monitors', (path) => parseMonitor(path, plugins, loading)),
    watches: section('watches', (path) => parseEntry(watchSchema, path, loading)),
    services: section('virtual_services', (path) => parseEntry(serviceSchema, path, loading)),
    classify: parseClassify(loading),
    alerts: section('alerts', (path) => parseAlert(path, plugins, loading)),
    mail: Object.hasOwn(value, 'mail') ? parseMail(loading) : null,
  };
}

function parseSection<E>(name: string, parse: (path: Path) => E, { value, written, report }: Loading): Section<E> {
  const section = valueAt(value, [name]);
  if (section === undefined) {
    if (requiredSections.includes(name)) report([name], `missing key \`${name}\`, expected a map`);
    return { readable: !requiredSections.includes(name), entries: new Map() };
  }
  if (!isMap(section)) {
    report([name], `expected a map of names, got ${showValue(valueAt(written, [name]))}`);
    return { readable: false, entries: new Map() };
  }
  const entries = new Map<string, E>();
  for (const key of Object.keys(section)) {
    const shape = 'expected a name of letters, digits, `_`, `.`, `-`, a letter or digit first';
    if (!nameShape.test(key)) report([name, key], `${shape}, got ${showValue(key)}`, 'key');
    entries.set(key, parse([name, key]));
  }
  return { readable: true, entries };
}

function parseDirector(loading: Loading): Entry<DirectorEntry> {
  const value = valueAt(loading.value, ['director']);
  return parseEntry(
    directorSchema,
    ['director'],
    value === undefined ? { ...loading, value: { director: {} } } : loading,
  );
}

function parseMail(loading: Loading): Entry<MailEntry> {
  const path = ['mail'];
  const value = valueAt(loading.value, path);
  const written = isMap(value) ? readSecretFiles(value, mailSchema, path, loading) : value;
  const mail = parsePart(mailSchema, path, oneRelayALine(written), loading, secretFileKeys(mailSchema));
  keepSecret(mail.fields.smtp, loading.secrets);
  return { path, ...mail };
}

/** A file (or a variable) can hold several mail servers, one a line. */
function oneRelayALine(mail: unknown): unknown {
  if (!isMap(mail) || typeof mail['smtp'] !== 'string' || !mail['smtp'].includes('\n')) return mail;
  const relays = mail['smtp'].split('\n').map((line) => line.trim());
  return { ...mail, smtp: relays.filter((relay) => relay !== '') };
}
