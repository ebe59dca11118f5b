/** Section `mail`: how email is sent. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { field } from '../../plugin/fields.ts';
import { type Entry, isAbsent, isMap, type Loading, parsePart } from '../entry.ts';
import type { DeepReadonly } from '../freeze.ts';
import type { Report } from '../problems.ts';
import { keepSecret, readSecretFiles, secretFileKeys } from '../secrets.ts';
import { valueAt } from '../wording.ts';
import type { Alerts } from './alerts.ts';

export const mailSchema = z.strictObject({
  smtp: z
    .union([relay(), z.array(relay()).min(1).max(10)], 'expected an smtp:// or smtps:// URL, or a list of them')
    .optional()
    .meta({ secret: true, description: 'Mail servers as smtp:// or smtps:// URLs, tried in order' }),
  folder: field.text().optional().describe('A folder that gets .eml files, in place of `smtp`'),
  from: z
    .string('expected a mail address')
    .regex(/^[^\s@<>]+@[^\s@<>]+$/, 'expected a mail address')
    .describe('The sender'),
  timeout: field.duration(1000, 3_600_000).prefault('20s').describe('How long one delivery may take'),
});

type MailEntry = z.output<typeof mailSchema>;
export type Mail = Entry<MailEntry>;
export type MailConfig = DeepReadonly<ReturnType<typeof buildMail>>;

/** null: there is no such section. */
export function parseMail(loading: Loading): Mail | null {
  const path = ['mail'];
  const value = valueAt(loading.value, path);
  if (value === undefined) return null;
  const written = isMap(value) ? readSecretFiles(value, mailSchema, path, loading) : value;
  const mail = parsePart(mailSchema, path, oneRelayALine(written), loading, secretFileKeys(mailSchema));
  keepSecret(mail.fields.smtp, loading.secrets);
  return { path, ...mail };
}

/** A file (or a variable) can hold several mail servers, one a line. */
function oneRelayALine(mail: unknown): unknown {
  if (!isMap(mail) || typeof mail['smtp'] !== 'string' || !mail['smtp'].includes('\n')) return mail;
  const relays = mail['smtp'].split('\n').map((line) => line.trim());
  return { ...mail, smtp: relays.filter((text) => text !== '') };
}

/** Alerts of type `mail` need the section, and the section needs one way to send. */
export function checkMail(mail: Mail | null, alerts: Alerts, report: Report): void {
  const needed = 'a section `mail` with `smtp` and `from` for an alert of type `mail`';
  for (const { path, fields } of alerts.entries.values()) {
    if (mail === null && fields.type === 'mail') report([...path, 'type'], `expected ${needed}, got none`);
  }
  if (mail === null) return;
  const { smtp, folder } = mail.fields;
  if (isAbsent(mail, 'smtp') && isAbsent(mail, 'folder')) {
    report([...mail.path, 'smtp'], 'missing key `smtp`, expected one of `smtp`, `smtp_file`, `folder`', 'key');
  } else if (smtp !== undefined && folder !== undefined) {
    report([...mail.path, 'folder'], 'expected `smtp` or `folder`, got both', 'key');
  }
}

/** `start`: the folder where relative paths start. */
export function buildMail({ smtp, folder, from, timeout }: MailEntry, start: string) {
  return {
    /** `smtp://[user[:password]@]host[:port]` or `smtps://...`, tried in order. */
    relays: smtp === undefined ? [] : [smtp].flat(),
    /** A folder for .eml files, in place of relays. */
    folder: folder === undefined ? null : resolve(start, folder),
    from,
    timeoutMs: timeout,
  };
}

/** The URL of a mail server. The message does not repeat it, because it may hold a password. */
function relay() {
  const expected = 'expected smtp://[user:password@]host[:port] or smtps://...';
  return z.string(expected).refine((text) => {
    // URL removes white space and line ends without an error.
    const url = !/\s/.test(text) && URL.canParse(text) ? new URL(text) : null;
    if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === '') return false;
    return /^\/?$/.test(url.pathname) && url.search === '' && url.hash === '';
  }, expected);
}
