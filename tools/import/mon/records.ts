/** The records of a mon.cf as values: host groups, and watches with their services, periods and alerts. */

export interface MonFile {
  readonly name: string;
  /** `mondir` and `basedir`, the folders of monitors. */
  readonly globals: ReadonlyMap<string, Phrase>;
  readonly groups: ReadonlyMap<string, HostGroup>;
  readonly watches: readonly Watch[];
  /** Comments that stand above nothing of these. */
  readonly comments: readonly string[];
}

export interface Phrase {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

export interface HostGroup {
  readonly name: string;
  readonly line: number;
  /** Addresses or names; each is a phrase. */
  readonly hosts: readonly Phrase[];
  readonly comments: readonly string[];
}

export interface Watch {
  readonly group: string;
  readonly line: number;
  readonly services: readonly Service[];
  readonly comments: readonly string[];
}

export interface Service {
  readonly name: string;
  readonly line: number;
  /** By keyword: `interval`, `monitor`, ... */
  readonly settings: ReadonlyMap<string, Phrase>;
  /** `NAME=value`: environment of its monitor. */
  readonly variables: readonly Phrase[];
  readonly periods: readonly Period[];
  readonly comments: readonly string[];
}

export interface Period {
  readonly line: number;
  /** When it is, without its label; '' is always. */
  readonly text: string;
  /** By keyword: `alertafter`, `alertevery`, `numalerts`. */
  readonly settings: ReadonlyMap<string, Phrase>;
  readonly alerts: readonly AlertLine[];
}

export interface AlertLine extends Phrase {
  readonly on: 'alert' | 'upalert';
}

/** Every phrase of a service, for when it is left out as a whole. */
export function phrasesOf({ settings, variables, periods }: Service): readonly Phrase[] {
  return [
    ...settings.values(),
    ...variables,
    ...periods.flatMap((period) => [
      { line: period.line, text: 'period' },
      ...period.settings.values(),
      ...period.alerts,
    ]),
  ];
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `10s`, `1.5m`, `2h`, `1d` as ms; null: no time, or none at all. */
export function timevalMs(text: string): number | null {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)\s*([smhd])$/i.exec(text);
  const ms = match === null ? 0 : Math.round(Number(match[1]) * (unitMs[(match[2] ?? '').toLowerCase()] ?? 0));
  return ms > 0 ? ms : null;
}

/** A `period` that leaves no moment out (Time::Period). */
export function isAlways(when: string): boolean {
  const plain = when.toLowerCase().replaceAll(/\s+/g, '');
  if (plain === '') return true;
  const scales = [...plain.matchAll(/([a-z]+)\{([^{}]*)\}/g)];
  return scales.map(([whole]) => whole).join('') === plain && scales.every(([, scale, range]) => isWhole(scale, range));
}

const days = ['su', 'mo', 'tu', 'we', 'th', 'fr', 'sa'];

function isWhole(scale = '', range = ''): boolean {
  const [from = '', to = '', ...more] = range.split('-');
  if (more.length > 0) return false;
  switch (scale) {
    case 'wd':
    case 'wday': {
      const [first, last] = [dayOf(from), dayOf(to)];
      return first >= 0 && last >= 0 && (last + 1) % 7 === first;
    }
    case 'hr':
    case 'hour':
      return range === '0-23' || range === '12am-11pm';
    default:
      return false;
  }
}

function dayOf(text: string): number {
  return /^[1-7]$/.test(text) ? Number(text) - 1 : days.indexOf(text.slice(0, 2));
}
