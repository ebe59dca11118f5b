/** The configuration as it may be shown: plain JSON values, durations in ms, no secret. */
import type { ClassifyConfig, Config } from './config.ts';
import { hidePassword } from './show.ts';

/** A longer list is only counted. */
const mostClients = 100;

export function printConfig(config: Config, secrets: ReadonlyMap<string, string>): unknown {
  const { mail, classify, ...rest } = config;
  // Only the password in a mail server's URL is secret, even when the URL came from a file.
  const shownMail = mail === null ? null : { ...mail, relays: mail.relays.map(hidePassword) };
  return {
    ...(plain(rest, secrets) as object),
    classify: plain({ ...classify, clients: shownClients(classify) }, secrets),
    mail: shownMail,
  };
}

function shownClients({ clients }: ClassifyConfig): unknown {
  if (clients.length <= mostClients) {
    return clients.map(({ network, mark, where }) => ({ from: network.text, mark, where }));
  }
  const perMark = new Map<string, number>();
  for (const { mark } of clients) perMark.set(String(mark), (perMark.get(String(mark)) ?? 0) + 1);
  return { count: clients.length, perMark };
}

function plain(value: unknown, secrets: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return secrets.get(value) ?? hidePassword(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => plain(item, secrets));
  const pairs = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(pairs.map(([key, item]) => [key, plain(item, secrets)]));
}
