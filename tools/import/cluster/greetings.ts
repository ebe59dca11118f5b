/** Services whose servers speak first: their port, and how an answer begins that is right. */
import { talkCheck } from './checks.ts';
import type { CheckWish } from './cluster.ts';

const greetings: Readonly<Record<string, { readonly port: number; readonly expect: string }>> = {
  ftp: { port: 21, expect: '/^220/' },
  ssh: { port: 22, expect: '/^SSH-/' },
  smtp: { port: 25, expect: '/^220/' },
  pop: { port: 110, expect: '/^\\+OK/' },
  pop3: { port: 110, expect: '/^\\+OK/' },
  nntp: { port: 119, expect: '/^20[01]/' },
  imap: { port: 143, expect: '/^\\* (OK|PREAUTH)/' },
  submission: { port: 587, expect: '/^220/' },
};

/** null: nobody knows how it greets. `port` null: the usual one. */
export function greetingCheck(
  service: string,
  port: number | null,
  times: Readonly<Record<string, unknown>>,
  send: string | null = null,
): CheckWish | null {
  const known = Object.hasOwn(greetings, service) ? greetings[service] : undefined;
  if (known === undefined) return null;
  return talkCheck(port ?? known.port, { name: service, send, expect: known.expect }, times);
}
