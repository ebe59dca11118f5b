/** `param.csv`: what holds for the whole cluster. */
import { parseAddress } from '../../../src/config/addresses.ts';
import { asMailAddress, expectedMail } from '../cluster/mail-address.ts';
import { wholeIn } from '../cluster/numbers.ts';
import { type Remarks, shown } from '../cluster/remarks.ts';
import { type Row, readMark, splitList, type Table } from './table.ts';

export interface Params {
  /** Clients in it get `fwdefault` unless they are listed; as `192.168.7.0/24`. */
  readonly domain: Param<string>;
  readonly vips: Param<readonly string[]>;
  readonly mailTo: readonly string[];
  /** null: none. */
  readonly persistenceS: number | null;
  readonly fwdefault: Param<number>;
}

/** A value that other files are compared with. */
export interface Param<T> {
  readonly value: T;
  readonly line: number;
}

export const paramColumns = ['field', 'value'] as const;

type Column = (typeof paramColumns)[number];

const fields = ['ip_domain', 'mailid', 'lvsIP', 'persistence_time', 'fwdefault'] as const;

/** The longest that IPVS takes (ipvsadm(8), `-p`): 31 days. */
const longestPersistenceS = 31 * 86_400;

/** null: something in it is wrong, and a remark says so. */
export function readParams({ file, rows }: Table<Column>, remarks: Remarks): Params | null {
  const given = new Map<string, Row<Column>>();
  for (const row of rows) {
    const { field, value } = row.values;
    const name = fields.find((known) => known.toLowerCase() === field.toLowerCase());
    const at = { file, line: row.line };
    const before = given.get(name ?? '');
    if (name === undefined) {
      remarks.expected(at, `a field of ${fields.join(', ')}`, field);
    } else if (before === undefined) given.set(name, row);
    else if (before.values.value === value) remarks.skipped(at, `\`${name}\` again, as in line ${before.line}`);
    else remarks.error(at, `\`${name}\` a second time, line ${before.line} has ${shown(before.values.value)}`);
  }
  const missing = fields.filter((name) => !given.has(name));
  for (const name of missing) remarks.error({ file, line: null }, `missing field \`${name}\``);

  const read = <T>(name: (typeof fields)[number], parse: (text: string, row: Row<Column>) => T | null) => {
    const row = given.get(name);
    const value = row === undefined ? null : parse(row.values.value, row);
    return row === undefined || value === null ? null : { value, line: row.line };
  };
  const wrong = (expected: string, text: string, { line }: Row<Column>): null => {
    remarks.error({ file, line }, `expected ${expected}, got ${text === '' ? 'nothing' : shown(text)}`);
    return null;
  };

  const domain = read('ip_domain', (text, row) => {
    return domainOf(text) ?? wrong('the first three numbers of a /24 such as `192.168.7`', text, row);
  });
  const vips = read('lvsIP', (text, row) => {
    const parts = splitList(text).map(parseAddress);
    const found = parts.flatMap((part) => ('ok' in part && !part.ok.includes(':') ? [part.ok] : []));
    if (found.length === parts.length && found.length > 0) return [...new Set(found)];
    return wrong('the virtual IPv4 address', text, row);
  });
  const mailTo = read('mailid', (text, row) => {
    const at = { file, line: row.line };
    if (text === '') remarks.changed(at, 'no address for mail, so nobody is notified');
    return splitMails(text).flatMap((part) => {
      const address = asMailAddress(part);
      if (address === null) wrong(expectedMail, part, row);
      else if (address !== part) remarks.changed(at, `\`${part}\` is written \`${address}\``);
      return address ?? [];
    });
  });
  const persistence = read('persistence_time', (text, row) => {
    const seconds = wholeIn(text, 0, longestPersistenceS);
    if (seconds === 0) remarks.changed({ file, line: row.line }, 'persistence of 0 seconds is none');
    return seconds ?? wrong(`whole seconds up to ${longestPersistenceS}`, text, row);
  });
  const fwdefault = read('fwdefault', (text, row) =>
    readMark(text, (text) => remarks.error({ file, line: row.line }, text)),
  );

  if (domain === null || vips === null || mailTo === null || persistence === null || fwdefault === null) return null;
  return {
    domain,
    vips,
    mailTo: [...new Set(mailTo.value)],
    persistenceS: persistence.value === 0 ? null : persistence.value,
    fwdefault,
  };
}

/** `192.168.7`, with a dot, a number or `/24` after it. */
function domainOf(text: string): string | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\.(?:\d{1,3}|\*|x)?)?(?:\/24)?$/i.exec(text);
  const bytes = match?.slice(1, 4).map((part) => wholeIn(part, 0, 255)) ?? [null];
  return bytes.includes(null) ? null : `${bytes.join('.')}.0/24`;
}

/** Separated by commas or semicolons, or by blanks where each part is an address. */
function splitMails(text: string): readonly string[] {
  const parts = text.split(/[,;\s]+/).filter((part) => part !== '');
  return parts.every((part) => part.includes('@')) ? parts : splitList(text.replaceAll(';', ','));
}
