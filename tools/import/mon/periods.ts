/** What the alerts of a period come to: servers in pools, and a mail alert. */

import { type FileRemarks, shown } from '../cluster/remarks.ts';
import { type AlertAction, readAlert } from './alert-lines.ts';
import { alertafterOf, type MailLine, type Mails } from './mails.ts';
import { type AlertLine, isAlways, type Period } from './records.ts';
import type { Tables } from './tables.ts';

interface Parts {
  readonly mails: Mails;
  readonly tables: Tables;
  readonly remarks: FileRemarks;
}

export interface ReadLine {
  readonly line: AlertLine;
  readonly action: AlertAction;
  readonly changed: readonly string[];
}

export function readPeriod({ alerts }: Period): readonly ReadLine[] {
  return alerts.map((line) => ({ line, ...readAlert(line.text) }));
}

/** Failures in a row: as the period says that moves servers, or else as the first one that says so. */
export function fallOf(
  periods: readonly { readonly period: Period; readonly actions: readonly ReadLine[] }[],
  remarks: FileRemarks,
): number | null {
  const counts = periods.flatMap(({ period, actions }) => {
    const { count } = alertafterOf(period.settings.get('alertafter'));
    return count === null ? [] : { count, period, moves: actions.some(({ action }) => action.kind === 'table') };
  });
  const chosen = counts.find(({ moves }) => moves) ?? counts[0];
  for (const { count, period } of counts) {
    const line = period.settings.get('alertafter')?.line ?? period.line;
    if (count !== chosen?.count)
      remarks.changed(line, `${count} failures here are ${chosen?.count}, as in another period`);
    else if (count > 1)
      remarks.once(line, '`alertafter N` is `fall: N` here, tried again at `retry_interval` and not at `interval`');
  }
  return chosen?.count ?? null;
}

export interface Acted {
  /** Those that pools have because of it, and their backups. */
  readonly servers: readonly string[];
  /** The name of the alert that mails, or null. */
  readonly mail: string | null;
}

export function takePeriod(period: Period, actions: readonly ReadLine[], { mails, tables, remarks }: Parts): Acted {
  const nothing = { servers: [], mail: null };
  if (/^none$/i.test(period.text)) {
    remarks.skipped(period.line, 'a period that never applies');
    for (const { line } of [...period.settings.values(), ...period.alerts])
      remarks.skipped(line, 'its period never applies');
    return nothing;
  }
  if (!isAlways(period.text)) {
    remarks.changed(period.line, `${shown(period.text)}: its alerts act at all times here`);
  }
  const after = period.settings.get('alertafter');
  const { timeMs, span, isValid } = alertafterOf(after);
  if (after !== undefined && !isValid) {
    remarks.skipped(after.line, `expected a number or a time after \`alertafter\`, got ${shown(after.text)}`);
  }
  if (after !== undefined && span !== null) {
    remarks.changed(after.line, `${shown(span)} has no effect: a good check in between starts the count again`);
  }
  const servers: string[] = [];
  const mail: MailLine[] = [];
  for (const { line, action, changed } of actions) {
    for (const text of changed) remarks.changed(line.line, text);
    switch (action.kind) {
      case 'mail':
        mail.push({ line, to: action.to, from: action.from });
        break;
      case 'table':
        servers.push(...tables.take(line, action));
        break;
      case 'other':
        remarks.skipped(line.line, `${shown(action.program)}: alerts here are mail and the balancer's table`);
        break;
      case 'wrong':
        remarks.skipped(line.line, action.why);
        break;
      default:
        action satisfies never;
    }
  }
  if (after !== undefined && timeMs !== null && servers.length > 0) {
    remarks.changed(after.line, 'only mail waits so long; a failing server leaves its pool at once');
  }
  const alert = mails.take(period, mail);
  if (alert === null) {
    for (const [keyword, { line }] of period.settings) {
      if (keyword !== 'alertafter') remarks.skipped(line, `\`${keyword}\` is for mail, and this period sends none`);
      else if (timeMs !== null && servers.length === 0) remarks.skipped(line, 'nothing in this period waits for it');
    }
  }
  return { servers, mail: alert };
}
