/** The records of a mon.cf as values: host groups, and watches with their services, periods and alerts. */

export interface MonFile {
  readonly name: string;
  /** `mondir` and `basedir`, which say where monitors are. */
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
