/** What the alerts of a period come to: servers in pools, and a mail alert. */

import { type FileRemarks, shown } from '../cluster/remarks.ts';
import { type AlertAction, readAlert } from './alert-lines.ts';
import { alertafterOf, type MailLine, type Mails } from './mails.ts';
import { type AlertLine, isAlways, type Period } from './records.ts';
import type { Tables } from './tables.ts';

interface Hands {
  readonly mails: Mails;
  readonly tables: Tables;
  readonly told: FileRemarks;
}

export interface ReadLine {
  readonly line: AlertLine;
  readonly wish: AlertAction;
  readonly changed: readonly string[];
}

export function readPeriod({ alerts }: Period): readonly ReadLine[] {
  return alerts.map((line) => ({ line, ...readAlert(line.text) }));
}

/** Failures in a row: as the period says that moves servers, or else as the first one that says so. */
export function fallOf(
  periods: readonly { readonly period: Period; readonly wishes: readonly ReadLine[] }[],
  told: FileRemarks,
): number | null {
  const counts = periods.flatMap(({ period, wishes }) => {
    const { count } = alertafterOf(period.settings.get('alertafter'));
    return count === null ? [] : { count, period, moves: wishes.some(({ wish }) => wish.kind === 'table') };
  });
  const chosen = counts.find(({ moves }) => moves) ?? counts[0];
  for (const { count, period } of counts) {
    const line = period.settings.get('alertafter')?.line ?? period.line;
    if (count !== chosen?.count)
      told.changed(line, `${count} failures here are ${chosen?.count}, as in another period`);
    else if (count > 1)
      told.once(line, '`alertafter N` is `fall: N` here, tried again at `retry_interval` and not at `interval`');
  }
  return chosen?.count ?? null;
}

export interface Acted {
  /** Those that pools have because of it, and their backups. */
  readonly servers: readonly string[];
  /** The name of the alert that mails, or null. */
  readonly mail: string | null;
}

export function takePeriod(period: Period, wishes: readonly ReadLine[], { mails, tables, told }: Hands): Acted {
  const nothing = { servers: [], mail: null };
  if (/^none$/i.test(period.text)) {
    told.skipped(period.line, 'a period that never applies');
    for (const { line } of [...period.settings.values(), ...period.alerts])
      told.skipped(line, 'its period never applies');
    return nothing;
  }
  if (!isAlways(period.text)) {
    told.changed(period.line, `${shown(period.text)}: its alerts act at all times here`);
  }
  const after = period.settings.get('alertafter');
  const { timeMs, span, isRight } = alertafterOf(after);
  if (after !== undefined && !isRight) {
    told.skipped(after.line, `expected a number or a time after \`alertafter\`, got ${shown(after.text)}`);
  }
  if (after !== undefined && span !== null) {
    told.changed(after.line, `${shown(span)} has no effect: a good check in between starts the count again`);
  }
  const servers: string[] = [];
  const mail: MailLine[] = [];
  for (const { line, wish, changed } of wishes) {
    for (const text of changed) told.changed(line.line, text);
    switch (wish.kind) {
      case 'mail':
        mail.push({ line, to: wish.to, from: wish.from });
        break;
      case 'table':
        servers.push(...tables.take(line, wish));
        break;
      case 'other':
        told.skipped(line.line, `${shown(wish.program)}: alerts here are mail and the balancer's table`);
        break;
      case 'wrong':
        told.skipped(line.line, wish.why);
        break;
      default:
        wish satisfies never;
    }
  }
  if (after !== undefined && timeMs !== null && servers.length > 0) {
    told.changed(after.line, 'only mail waits so long; a failing server leaves its pool at once');
  }
  const alert = mails.take(period, mail);
  if (alert === null) {
    for (const [keyword, { line }] of period.settings) {
      if (keyword !== 'alertafter') told.skipped(line, `\`${keyword}\` is for mail, and this period sends none`);
      else if (timeMs !== null && servers.length === 0) told.skipped(line, 'nothing in this period waits for it');
    }
  }
  return { servers, mail: alert };
}
