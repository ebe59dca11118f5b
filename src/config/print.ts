/** The configuration as it may be shown: plain JSON values, durations in ms, no secret. */
import type { Config } from './config.ts';
import { hidePassword } from './show.ts';

export function printConfig(config: Config, secrets: ReadonlyMap<string, string>): unknown {
  const { mail, ...rest } = config;
  // Of a mail server's URL only the password is secret, wherever the URL came from.
  const shownMail = mail === null ? null : { ...mail, relays: mail.relays.map(hidePassword) };
  return { ...(plain(rest, secrets) as object), mail: shownMail };
}

function plain(value: unknown, secrets: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return secrets.get(value) ?? hidePassword(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => plain(item, secrets));
  const pairs = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(pairs.map(([key, item]) => [key, plain(item, secrets)]));
}
