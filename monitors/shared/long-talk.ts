import type { DefaultTiming } from '../../src/plugin/plugin.ts';
import { tlsOf } from './tls.ts';

/**
 * For four or more round trips, which TLS needs for any request. A lost packet costs 0.2 to 1 s (RFC 6298 section 2): with
 * a timeout of 1 s, 2 % loss and answers within 200 ms, such a conversation failed twice in a row about once a minute.
 */
export const longTalk: DefaultTiming = { interval: '2s', timeout: '2s' };

export const timingOfTls = ({ tls }: { readonly tls: Parameters<typeof tlsOf>[0] }): DefaultTiming =>
  tlsOf(tls) === null ? {} : longTalk;

export const timingNoteOfTls = 'with `tls` every 2s, for at most 2s';
