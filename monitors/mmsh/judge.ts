import type { Verdict } from '../../src/plugin/plugin.ts';
import { type HttpAnswer, wrongStatus } from '../shared/http.ts';
import { plain, quote } from '../shared/quote.ts';
import { fail, ok, verdict } from '../shared/verdicts.ts';

/** The GUID at the start of an ASF header. */
const asfHeader = Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex');

/** Packets start with `$` and their type ([MS-WMSP], section 2.2.3). */
const packets: Readonly<Record<string, string>> = {
  H: 'sends its header',
  D: 'sends data',
  M: 'sends metadata',
  P: 'sends packet pairs',
};

export function judgeMmsh(answer: HttpAnswer): Verdict {
  const { status, body } = answer;
  // Windows Media Services answers this at its limit of viewers or bandwidth.
  if (status === 453 || status === 503) return verdict('overloaded', `overloaded: HTTP ${status}`, quote(body));
  if (status !== 200) return wrongStatus('200', answer);
  const by = answer.header('server');
  const detail = by === undefined ? undefined : plain(by);
  if (body.subarray(0, asfHeader.length).equals(asfHeader)) return ok('sends its header', detail);
  if (body[0] === 0x24) {
    const kind = String.fromCharCode((body[1] ?? 0) & 0x7f);
    const words = packets[kind];
    if (words !== undefined) return ok(words, detail);
    if (kind === 'E') return fail('stream has ended', detail);
  }
  return fail(`expected Windows Media, got ${quote(body)}`, detail);
}
