/** What would change, as a person reads it: grouped by virtual service, and the marks. */

import { changesNothing, type ServicePlan, type StatePlan } from '../../apply/plan.ts';
import type { Difference } from '../../classify/packet-filter.ts';
import { wholePrefix } from '../../core/plan.ts';
import {
  type Command,
  type Entry,
  entriesByKey,
  entryKey,
  type LiveEntry,
  type ServiceSpec,
} from '../../core/table.ts';
import { type Cell, type Column, columns } from './columns.ts';
import { type Line, type Look, plain, type Span, type Tone, toned, wrapped } from './look.ts';
import { count } from './words.ts';

/** Names of servers by their addresses. */
export type Names = ReadonlyMap<string, string>;

type Sign = Difference['sign'];

const tones: Readonly<Record<Sign, Tone>> = { '+': 'good', '~': 'warn', '-': 'bad' };
/** Rules that are shown where all of them go. */
const few = 4;
const signs = { add: '+', change: '~', remove: '-' } as const;
/** Sign, real server, weight, forwarding method, name, streams. */
const entryColumns: readonly Column[] = [{}, { min: 12 }, { min: 8 }, {}, { min: 6, spare: 1 }, { min: 6, spare: 2 }];

export function planLines(plan: StatePlan, backend: string | null, names: Names, look: Look): Line[] {
  const changed = plan.services.filter(({ action }) => action !== 'keep');
  const single = changed.filter((service) => !service.isPrivate || service.action === 'change');
  const kept = plan.services.filter(({ action, notes }) => action === 'keep' && notes.length > 0);
  const sections = [
    ...single.map((service) => serviceLines(service, names, look)),
    ...(['add', 'remove'] as const).map((action) => pathLines(changed, action)),
    plan.marks.length > 0 ? markLines(`packet marks${backend === null ? '' : `  ${backend}`}`, plan.marks) : [],
    ...plan.leftovers.map(({ kind, rules }) => markLines(`left over in ${kind}`, fewOf(rules))),
    ...kept.map((service) => [header(service, null), ...noteLines(service)]),
  ];
  return sections.filter((lines) => lines.length > 0).flatMap((lines) => [...lines, []]);
}

/** What there is to do, and what is left alone. */
export function summaryLines(plan: StatePlan, look: Look): Line[] {
  const declared = plan.services.filter(({ isPrivate }) => !isPrivate);
  if (changesNothing(plan)) {
    const services =
      declared.length === 0 ? 'no virtual service is meant for IPVS,' : count(declared.length, 'virtual service');
    return [
      [toned('good', '✔ nothing to change'), plain(`  ${services} and the marks are in sync`)],
      ...otherLines(plan),
    ];
  }
  const paths = plan.services.filter(({ isPrivate }) => isPrivate);
  const parts = [
    ...actionTexts(declared, 'virtual service'),
    ...actionTexts(paths, 'VIP path'),
    ...(plan.marks.length > 0 ? ['packet marks to set'] : []),
    ...plan.leftovers.map(({ kind }) => `what is left over in ${kind} to take away`),
  ];
  // Whole, however narrow the terminal is: the question comes right behind it.
  const lines = wrapped(`▲ ${parts.join(', ')}`, look.width, '');
  return [...lines.map((text): Line => [toned('warn', text)]), ...otherLines(plan)];
}

function actionTexts(services: readonly ServicePlan[], noun: string): readonly string[] {
  const verbs = { add: 'add', change: 'change', remove: 'take away' } as const;
  return (['add', 'change', 'remove'] as const).flatMap((action) => {
    const number = services.filter((service) => service.action === action).length;
    return number === 0 ? [] : [`${count(number, noun)} to ${verbs[action]}`];
  });
}

/** A few stand for all: they go as a whole. */
export function fewOf(rules: readonly Difference[]): readonly Difference[] {
  return rules.length <= few + 1 ? rules : [...rules.slice(0, few), { sign: '-', text: 'and more' }];
}

function otherLines({ others }: StatePlan): Line[] {
  if (others.length === 0) return [];
  const shown = others.slice(0, 6).join(', ');
  const more = others.length > 6 ? ` and ${others.length - 6} more` : '';
  return [[toned('quiet', `  left alone, not in the configuration: ${shown}${more}`)]];
}

function signOf({ op }: Command): Sign {
  if (op === 'add' || op === 'add-service') return '+';
  return op === 'edit' || op === 'edit-service' ? '~' : '-';
}

function serviceLines(service: ServicePlan, names: Names, look: Look): Line[] {
  const before = entriesByKey(service.before ?? undefined);
  const rows = service.commands.flatMap((command): (readonly Cell[])[] =>
    'entry' in command ? [entryRow(signOf(command), command.entry, before.get(entryKey(command.entry)), names)] : [],
  );
  return [
    header(service, service.action === 'keep' ? null : signs[service.action]),
    ...specLines(service),
    ...columns(entryColumns, rows, look, 4),
    ...noteLines(service),
  ];
}

function header({ name, key, spec, isPrivate, action }: ServicePlan, sign: Sign | null): Line {
  const mark: Span = sign === null ? plain(' ') : toned(tones[sign], sign);
  const about = action === 'add' ? `  ${specText(spec)}` : '';
  return [
    mark,
    plain(' '),
    toned('strong', isPrivate ? `VIP path of ${name}` : name),
    toned('quiet', `  ${key}${about}`),
  ];
}

/** How the service itself changes. */
function specLines({ spec, before, commands }: ServicePlan): Line[] {
  if (before === null || !commands.some(({ op }) => op === 'edit-service')) return [];
  return [[plain('    '), toned(tones['~'], '~'), plain(`  ${specText(before.spec)} → ${specText(spec)}`)]];
}

/** Private services have one server each, and there is one for each checked server. */
function pathLines(services: readonly ServicePlan[], action: 'add' | 'remove'): Line[] {
  const paths = services.filter((service) => service.isPrivate && service.action === action);
  const [first] = paths;
  if (first === undefined) return [];
  const [sign, last] = [signs[action], paths.at(-1) ?? first];
  const keys = paths.length === 1 ? first.key : `${first.key} to ${last.key}`;
  const names = action === 'add' ? [...new Set(paths.map(({ name }) => name))] : ['no longer checked'];
  return [
    [
      toned(tones[sign], sign),
      plain(' '),
      toned('strong', count(paths.length, 'VIP path')),
      toned('quiet', `  ${keys}`),
    ],
    [plain('    '), toned(tones[sign], sign), plain(`  ${names.join(', ')}`)],
  ];
}

function noteLines({ notes }: ServicePlan): Line[] {
  return notes.map((note): Line => [plain('    '), toned('quiet', `·  ${note}`)]);
}

function entryRow(sign: Sign, entry: Entry, before: LiveEntry | undefined, names: Names): readonly Cell[] {
  const conns = before?.activeConns ?? 0;
  return [
    [toned(tones[sign], sign)],
    [plain(entryKey(entry))],
    [plain(`weight ${sign === '~' && before !== undefined ? turn(before.weight, entry.weight) : entry.weight}`)],
    [plain(sign === '~' && before !== undefined ? turn(before.forward, entry.forward) : entry.forward)],
    [plain(names.get(entry.address) ?? '')],
    [toned('warn', sign === '-' && conns > 0 ? count(conns, 'active connection') : '')],
  ];
}

function turn(before: string | number, after: string | number): string {
  return before === after ? String(after) : `${before} → ${after}`;
}

function specText({ at, scheduler, persistenceS, persistencePrefix }: ServiceSpec): string {
  if (persistenceS === null) return scheduler;
  const prefix = persistencePrefix === wholePrefix(at) ? '' : ` per /${persistencePrefix}`;
  return `${scheduler} persistent ${persistenceS} s${prefix}`;
}

function markLines(title: string, differences: readonly Difference[]): Line[] {
  const lines = differences.map(
    ({ sign, text }): Line => [plain('    '), toned(tones[sign], sign), plain(`  ${text}`)],
  );
  return [[plain('  '), toned('strong', title)], ...lines];
}
