/** The mail alerts that the periods of a mon.cf come to; equal ones are one. */
import { formatDurationMs } from '../../../src/plugin/fields.ts';
import { asMailAddress, expectedMail, insteadOfSendmail, localRelay, senderFor } from '../cluster/mail-address.ts';
import { asName, createNames } from '../cluster/names.ts';
import { wholeIn } from '../cluster/numbers.ts';
import { type FileRemarks, shown } from '../cluster/remarks.ts';
import { type AlertLine, type Period, type Phrase, timevalMs } from './records.ts';

export interface MailLine {
  readonly line: AlertLine;
  readonly to: readonly string[];
  readonly from: string | null;
}

export interface Mails {
  /** The name of the alert for the mail of a period, or null when nobody is mailed. */
  take(period: Period, lines: readonly MailLine[]): string | null;
  alerts(): Readonly<Record<string, object>>;
  /** The `mail` section, or null. */
  section(): object | null;
}

export function createMails(remarks: FileRemarks): Mails {
  const names = createNames();
  // That of the switch by which pools obey a watch.
  names.take('failover');
  const byContent = new Map<string, string>();
  const alerts = new Map<string, object>();
  let from: string | null = null;
  return {
    take(period, lines) {
      const [down, up] = [addressesOf(lines, 'alert'), addressesOf(lines, 'upalert')];
      for (const { line } of lines.filter(({ line }) => line.on === 'upalert')) {
        if (down.length === 0) remarks.skipped(line.line, 'a mail on recovery alone: no mail reports the failure');
      }
      if (down.length === 0) return null;
      reportDifference(period, lines, down, up);
      const entry = {
        type: 'mail',
        to: down,
        ...rulesOf(period, remarks),
        ...(up.length > 0 ? {} : { upalert: false }),
      };
      const key = JSON.stringify(entry);
      const name = byContent.get(key) ?? names.take(asName(down[0]?.split('@')[0] ?? '') || 'mail');
      byContent.set(key, name);
      alerts.set(name, entry);
      return name;
    },
    alerts: () => Object.fromEntries(alerts),
    section() {
      const [first] = [...alerts.values()].flatMap((alert) => ('to' in alert ? (alert.to as readonly string[]) : []));
      if (first === undefined) return null;
      remarks.changed(null, insteadOfSendmail);
      return { smtp: localRelay, from: from ?? senderFor(first) };
    },
  };

  function addressesOf(lines: readonly MailLine[], on: AlertLine['on']): readonly string[] {
    const found = lines.filter(({ line }) => line.on === on);
    return [...new Set(found.flatMap((line) => addressesIn(line)))];
  }

  function addressesIn({ line: { line }, to, from: sender }: MailLine): readonly string[] {
    const given = sender === null ? null : asMailAddress(sender);
    if (given !== null) from ??= given;
    if (sender !== null && given !== from)
      remarks.changed(line, `mail is from \`${from ?? 'understudy'}\` here, not ${shown(sender)}`);
    return to.flatMap((text) => {
      const address = asMailAddress(text);
      if (address === null) remarks.skipped(line, `expected ${expectedMail}, got ${shown(text)}`);
      else if (address !== text) remarks.changed(line, `${shown(text)} is written \`${address}\``);
      return address ?? [];
    });
  }

  function reportDifference(
    period: Period,
    lines: readonly MailLine[],
    down: readonly string[],
    up: readonly string[],
  ): void {
    if (up.length === 0) return;
    const line = lines.find((mail) => mail.line.on === 'upalert')?.line.line ?? period.line;
    const extra = up.filter((address) => !down.includes(address));
    const missing = down.filter((address) => !up.includes(address));
    if (extra.length > 0)
      remarks.skipped(
        line,
        `${shown(extra.join(' '))} would be notified of the recovery alone, and is not notified at all`,
      );
    if (missing.length > 0) remarks.changed(line, `${shown(missing.join(' '))} is notified of the recovery as well`);
  }
}

/** `alertevery`, `alertafter` as a time, and `numalerts`. */
function rulesOf({ settings, alerts }: Period, remarks: FileRemarks): object {
  const every = settings.get('alertevery');
  if (every === undefined) {
    const line = alerts[0]?.line ?? null;
    remarks.once(line, 'no `alertevery`: mon repeats a mail at each failing check, here a reminder comes every 1h');
  }
  const afterMs = alertafterOf(settings.get('alertafter')).timeMs;
  return {
    ...(afterMs === null ? {} : { alertafter: formatDurationMs(afterMs) }),
    ...(every === undefined ? {} : everyOf(every, remarks)),
    ...numalertsOf(settings.get('numalerts'), remarks),
  };
}

function everyOf({ line, text }: Phrase, remarks: FileRemarks): object {
  const [time = '', ...words] = text.split(/\s+/);
  const ms = timevalMs(time);
  if (ms === null || ms < 1000) {
    remarks.skipped(line, `expected a time such as 15m after \`alertevery\`, got ${shown(text)}`);
    return {};
  }
  if (words.length > 0)
    remarks.changed(line, `${shown(words.join(' '))} has no effect: reminders come at that distance`);
  return { alertevery: formatDurationMs(ms) };
}

function numalertsOf(phrase: Phrase | undefined, remarks: FileRemarks): object {
  if (phrase === undefined) return {};
  const count = wholeIn(phrase.text, 1, 1_000_000);
  if (count === null) remarks.skipped(phrase.line, `expected a number after \`numalerts\`, got ${shown(phrase.text)}`);
  return count === null ? {} : { numalerts: count };
}

/** `alertafter N`, `alertafter T` or `alertafter N T`. */
export function alertafterOf(phrase: Phrase | undefined): {
  readonly count: number | null;
  readonly timeMs: number | null;
  /** Of `alertafter N T`: mon starts again at each success, so N failures in a row mean the same. */
  readonly span: string | null;
  readonly isValid: boolean;
} {
  const words = (phrase?.text ?? '').split(/\s+/).filter((word) => word !== '');
  const count = wholeIn(words[0], 1, 100);
  const timeMs = timevalMs(words[count === null ? 0 : 1] ?? '');
  const used = (count === null ? 0 : 1) + (timeMs === null ? 0 : 1);
  const isValid = phrase === undefined || (used > 0 && used === words.length);
  if (!isValid) return { count: null, timeMs: null, span: null, isValid };
  return count === null
    ? { count, timeMs, span: null, isValid }
    : { count, timeMs: null, span: words[1] ?? null, isValid };
}
