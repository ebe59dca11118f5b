/** The words after the address in `server`, and in `default-server` for all below it (manual, 5.2). */

import { type Remarks, shown } from '../cluster/remarks.ts';
import { wordSet } from '../cluster/shell-words.ts';
import type { Line } from './sections.ts';

/** By name; '' for those without a value. */
export type Parameters = ReadonlyMap<string, { readonly value: string; readonly line: Line }>;

const withValue = wordSet(`
  addr agent-addr agent-inter agent-port agent-send alpn ca-file cc check-alpn check-pool-conn-name check-proto
  check-sni ciphers ciphersuites client-sigalgs cookie crl-file crt curves downinter error-limit fall fastinter guid
  hash-key healthcheck id idle-ping init-addr init-state inter interface log-bufsize log-proto max-reuse maxconn
  maxqueue minconn namespace npn observe on-error on-marked-down on-marked-up pool-conn-name pool-low-conn
  pool-max-conn pool-purge-delay port proto proxy-v2-options redir renegotiate resolve-net resolve-opts
  resolve-prefer resolvers rise shard sigalgs slowstart sni socks4 source ssl-max-ver ssl-min-ver tcp-md5sig tcp-ut
  track usesrc verify verifyhost weight ws
`);

const bare = wordSet(`
  agent-check allow-0rtt backup check check-reuse-pool check-send-proxy check-ssl check-via-socks4 disabled enabled
  force-sslv3 force-tlsv10 force-tlsv11 force-tlsv12 force-tlsv13 non-stick send-proxy send-proxy-v2
  send-proxy-v2-ssl send-proxy-v2-ssl-cn ssl ssl-reuse stick strict-maxconn sslv3 tfo tls-tickets tlsv10 tlsv11
  tlsv12 tlsv13
`);

/** Those that have a meaning here: all others stay HAProxy's, and so do these where there is no check, or no agent. */
const ofCheck = /^(addr|check-send-proxy|check-ssl|downinter|fall|fastinter|inter|port|rise)$/;
const ofAgent = /^agent-(addr|inter|port|send)$/;
const read = /^(agent-check|backup|check|disabled|enabled|track|weight)$/;

/** `words`: without those that name the server. */
export function readParameters(words: readonly string[], line: Line, remarks: Remarks): Parameters {
  const parameters = new Map<string, { value: string; line: Line }>();
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (bare.has(word)) parameters.set(word, { value: '', line });
    else if (withValue.has(word) || word.startsWith('set-proxy-v2-tlv-fmt(')) {
      at += 1;
      const value = words[at];
      if (value === undefined) remarks.skipped(line.place, `expected a value after \`${word}\`, got none`);
      else parameters.set(word, { value, line });
    } else if (bare.has(word.replace(/^no-/, ''))) parameters.set(word, { value: '', line });
    else {
      const next = words[at + 1] ?? '';
      const hasValue = next !== '' && !isKnown(next);
      if (hasValue) at += 1;
      remarks.skipped(
        line.place,
        `${shown(hasValue ? `${word} ${next}` : word)} is not understood in ${line.words[0]}`,
      );
    }
  }
  return parameters;
}

function isKnown(word: string): boolean {
  return bare.has(word.replace(/^no-/, '')) || withValue.has(word);
}

/** A later line overrides an earlier one. */
export function overlaid(below: Parameters, above: Parameters): Parameters {
  const both = new Map([...below, ...above]);
  for (const name of above.keys()) both.delete(name.startsWith('no-') ? name.slice(3) : `no-${name}`);
  if (above.has('enabled')) both.delete('disabled');
  if (above.has('disabled')) both.delete('enabled');
  return both;
}

/** Names of those that have no meaning here, for all servers of a section; `lines` are its own. */
export function leftOf(servers: readonly Parameters[], lines: readonly Line[]): readonly string[] {
  const used = servers.flatMap((parameters) => [...parameters.keys()].filter((name) => hasMeaning(name, parameters)));
  const left = servers.flatMap((parameters) =>
    [...parameters].flatMap(([name, { line }]) => {
      if (hasMeaning(name, parameters)) return [];
      // What stands above for all servers is of use as soon as it is for one of them.
      const isUseful = isForSome(name) && (used.includes(name) || !lines.includes(line));
      return isUseful ? [] : [name];
    }),
  );
  return [...new Set(left)];
}

function hasMeaning(name: string, parameters: Parameters): boolean {
  const plain = name.replace(/^no-/, '');
  if (ofCheck.test(plain)) return parameters.has('check') && !parameters.has('track');
  return ofAgent.test(plain) ? parameters.has('agent-check') : read.test(plain);
}

function isForSome(name: string): boolean {
  const plain = name.replace(/^no-/, '');
  return ofCheck.test(plain) || ofAgent.test(plain);
}
