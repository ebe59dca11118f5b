import type { UsualTiming } from '../../src/plugin/plugin.ts';
import { tlsOf } from './tls.ts';

/**
 * For four round trips and more, as TLS makes of any question. A lost packet costs 0.2 to 1 s (RFC 6298 section 2): with
 * the usual second, 2 % of loss and answers that take up to 200 ms, such a talk failed twice in a row every minute or so.
 */
export const longTalk: UsualTiming = { interval: '2s', timeout: '2s' };

export const timingOfTls = ({ tls }: { readonly tls: Parameters<typeof tlsOf>[0] }): UsualTiming =>
  tlsOf(tls) === null ? {} : longTalk;

export const timingNoteOfTls = 'with `tls` every 2s, for at most 2s';
