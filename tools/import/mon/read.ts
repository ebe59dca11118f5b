/** Reads a mon.cf as mon does (mon(8), "Configuration file"), with a remark for each line that has no effect in mon or here. */
import { type Remarks, shown } from '../cluster/remarks.ts';
import type { SourceText } from '../import.ts';
import type { AlertLine, HostGroup, MonFile, Period, Phrase, Service, Watch } from './records.ts';
import { readStatements, type Words } from './statements.ts';
import { globalReasons, periodReasons, serviceReasons } from './without-counterpart.ts';

type Open<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? Item[] : OpenMap<T[K]> };
type OpenMap<T> = T extends ReadonlyMap<infer Key, infer Value> ? Map<Key, Value> : T;
type OpenPeriod = Open<Period>;
type OpenService = Omit<Open<Service>, 'periods'> & { periods: OpenPeriod[] };
type OpenWatch = Omit<Open<Watch>, 'services'> & { services: OpenService[] };

type OpenRecord =
  /** `after`: the watch that the last blank line ended. */
  | { readonly kind: 'none'; readonly after: string | null }
  | { readonly kind: 'hostgroup'; readonly group: Open<HostGroup> }
  | { readonly kind: 'watch'; readonly watch: OpenWatch }
  | { readonly kind: 'listing'; readonly keyword: string };

const serviceKeywords = ['interval', 'failure_interval', 'monitor', 'description', 'exclude_hosts'];
const periodKeywords = ['alertafter', 'alertevery', 'numalerts'];
const usedGlobals = ['mondir', 'basedir'];

export function readMonFile({ name: file, text }: SourceText, remarks: Remarks): MonFile {
  const globals = new Map<string, Phrase>();
  const groups = new Map<string, HostGroup>();
  const watches: OpenWatch[] = [];
  const unplaced: string[] = [];
  let open: OpenRecord = { kind: 'none', after: null };
  const skipped = (line: number, why: string) => remarks.skipped({ file, line }, why);
  const changed = (line: number, why: string) => remarks.changed({ file, line }, why);

  for (const statement of readStatements(text)) {
    if (statement.kind === 'blank') {
      if (open.kind !== 'none') open = { kind: 'none', after: open.kind === 'watch' ? open.watch.group : null };
    } else if (/\p{Cc}/u.test(statement.text.replaceAll('\t', ' '))) {
      skipped(statement.line, 'control characters in the line');
    } else {
      open = take(statement, open);
    }
  }
  return { name: file, globals, groups, watches, comments: unplaced };

  function take(statement: Words, record: OpenRecord): OpenRecord {
    const { line, comments } = statement;
    const { keyword, rest } = keywordOf(statement.text);
    switch (keyword) {
      case 'hostgroup':
        return openGroup(line, rest, comments);
      case 'watch':
        return openWatch(line, rest, comments);
      case 'view':
      case 'alias':
        unplaced.push(...comments);
        skipped(line, `\`${keyword}\` is for listings of mon's own clients`);
        return { kind: 'listing', keyword };
    }
    switch (record.kind) {
      case 'hostgroup':
        record.group.hosts.push(...hostsOf(line, statement.text));
        record.group.comments.push(...comments);
        return record;
      case 'watch':
        takeInWatch(statement, record.watch);
        return record;
      case 'listing':
        skipped(line, `belongs to the ${record.keyword} above`);
        return record;
      case 'none':
        unplaced.push(...comments);
        takeOutside(statement, record.after);
        return record;
      default:
        return record satisfies never;
    }
  }

  function openGroup(line: number, rest: string, comments: readonly string[]): OpenRecord {
    const { keyword: name, rest: hosts } = keywordOf(rest);
    const group: Open<HostGroup> = { name, line, hosts: [...hostsOf(line, hosts)], comments: [...comments] };
    const before = groups.get(name);
    if (name === '') skipped(line, 'expected a name after `hostgroup`, got nothing');
    else groups.set(name, group);
    if (before !== undefined) {
      skipped(before.line, `hostgroup \`${name}\` is repeated in line ${line}, and mon uses the last one`);
      for (const host of before.hosts) {
        if (host.line !== before.line) skipped(host.line, `belongs to the first hostgroup \`${name}\``);
      }
    }
    return { kind: 'hostgroup', group };
  }

  function openWatch(line: number, rest: string, comments: readonly string[]): OpenRecord {
    const { keyword: group, rest: surplus } = keywordOf(rest);
    if (surplus !== '') skipped(line, `expected only a name after \`watch\`, got ${shown(surplus)} too`);
    const before = watches.find((watch) => watch.group === group);
    if (before !== undefined) {
      changed(line, `watch \`${group}\` is in line ${before.line} already: mon refuses that, here both are one watch`);
      before.comments.push(...comments);
      return { kind: 'watch', watch: before };
    }
    const watch: OpenWatch = { group, line, services: [], comments: [...comments] };
    if (group === '') skipped(line, 'expected a name after `watch`, got nothing');
    else watches.push(watch);
    return { kind: 'watch', watch };
  }

  function takeInWatch({ line, text: whole, comments }: Words, watch: OpenWatch): void {
    const { keyword, rest } = keywordOf(whole);
    const service = watch.services.at(-1);
    if (keyword === 'service') {
      const { keyword: name, rest: surplus } = keywordOf(rest);
      if (surplus !== '') skipped(line, `expected only a name after \`service\`, got ${shown(surplus)} too`);
      if (name === '') skipped(line, 'expected a name after `service`, got nothing');
      watch.services.push({
        name: name || 'service',
        line,
        settings: new Map(),
        variables: [],
        periods: [],
        comments: [...comments],
      });
      return;
    }
    (service ?? watch).comments.push(...comments);
    if (service === undefined) {
      skipped(line, `expected \`service\` first in a watch, got ${shown(whole)}`);
      return;
    }
    const period = service.periods.at(-1);
    if (/^[A-Z][A-Z0-9_]*=/.test(whole)) service.variables.push({ line, text: whole });
    else if (keyword === 'period') {
      const when = rest.replace(/^\w+\s*:\s*/, '');
      service.periods.push({ line, text: when, settings: new Map(), alerts: [] });
    } else if (serviceKeywords.includes(keyword)) setOnce(service.settings, keyword, { line, text: rest });
    else if (serviceReasons.has(keyword)) skipped(line, `\`${keyword}\`: ${serviceReasons.get(keyword)}`);
    else if (periodReasons.has(keyword)) skipped(line, `\`${keyword}\`: ${periodReasons.get(keyword)}`);
    else if (keyword === 'alert' || keyword === 'upalert' || periodKeywords.includes(keyword)) {
      if (period === undefined) skipped(line, `expected a \`period\` above \`${keyword}\`, got none`);
      else if (keyword === 'alert' || keyword === 'upalert') period.alerts.push(alertLine(keyword, line, rest));
      else setOnce(period.settings, keyword, { line, text: rest });
    } else skipped(line, `expected a keyword of mon, got ${shown(whole)}`);
  }

  function takeOutside({ line, text: whole }: Words, after: string | null): void {
    const [, name = '', value = ''] = /^([A-Za-z_]\w*)\s*=\s*(.*)$/.exec(whole) ?? [];
    const reason = globalReasons.get(name);
    if (usedGlobals.includes(name)) setOnce(globals, name, { line, text: value });
    else if (reason !== undefined) skipped(line, `\`${name}\`: ${reason}`);
    else if (after !== null) {
      const why = `a blank line above ended watch \`${after}\`, so mon ignores this line, and it is left out here too`;
      skipped(line, `${shown(whole)}: ${why}`);
    } else skipped(line, `${shown(whole)} is in no record, and mon ignores it`);
  }

  /** mon takes the last one. */
  function setOnce(settings: Map<string, Phrase>, keyword: string, phrase: Phrase): void {
    const before = settings.get(keyword);
    if (before !== undefined) skipped(before.line, `\`${keyword}\` is repeated in line ${phrase.line}`);
    settings.set(keyword, phrase);
  }
}

function alertLine(on: AlertLine['on'], line: number, text: string): AlertLine {
  return { on, line, text };
}

function hostsOf(line: number, text: string): readonly Phrase[] {
  return text
    .split(/\s+/)
    .filter((host) => host !== '')
    .map((host) => ({ line, text: host }));
}

function keywordOf(text: string): { readonly keyword: string; readonly rest: string } {
  const [, keyword = '', rest = ''] = /^(\S*)\s*(.*)$/s.exec(text.trim()) ?? [];
  return { keyword, rest };
}
