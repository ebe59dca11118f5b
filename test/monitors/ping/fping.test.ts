import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fpingWords, judgeEchoes, judgeFping, parseFping } from '../../../monitors/ping/fping.ts';

const targets = ['127.0.0.1', '192.0.2.1', '::1'].map((address, at) => ({ server: `edge${at + 1}`, address }));

/** As fping 5.1 writes it with -q -C 3; the last two lines are of hosts that do not answer all. */
const output = `127.0.0.1 : 0.137 0.036 0.028
192.0.2.1 : - - -
::1       : 0.127 - 0.030
`;

const verdicts = (text: string, limits = {}, code = 1) => [
  ...judgeFping('`fping`', { text, code }, targets, limits).values(),
];

describe('fping', () => {
  it('is asked for all hosts at once, a packet a millisecond', () => {
    expect(fpingWords('fping', { count: 3, everyMs: 100, waitMs: 500 }, ['10.0.0.1', '::1']).join(' ')).toBe(
      'fping -q -C 3 -p 100 -t 500 -i 1 10.0.0.1 ::1',
    );
  });

  it('tells each host from the others', () => {
    expect(verdicts(output)).toMatchObject([
      { status: 'ok', summary: 'answers ping', measures: { rtt_ms: 0.067, loss_percent: 0 } },
      { status: 'fail', summary: 'no answer to ping', detail: '0 of 3 packets answered', silent: true },
      { status: 'ok', measures: { rtt_ms: 0.079, loss_percent: 33 } },
    ]);
  });

  it.each([
    ['of another version', '127.0.0.1 is alive\n'],
    ['silent', ''],
  ])('that is %s is our own problem', (_how, text) => {
    for (const verdict of verdicts(text)) {
      expect(verdict).toMatchObject({
        status: 'unknown',
        summary: expect.stringContaining('`fping`: expected a line'),
      });
    }
  });

  it.each([
    ['with its words', "fping: can't create socket (must run as root?)\n"],
    ['without a word, as it is with -q', ''],
  ])('that may not ping is our own problem, %s', (_how, text) => {
    for (const verdict of verdicts(text, {}, 4)) {
      expect(verdict).toMatchObject({ status: 'unknown', summary: '`fping`: cannot open a raw socket' });
    }
  });

  it('that cannot send because of us blames nobody; for want of a route it rests on silence', () => {
    const own = (why: string) => verdicts(`192.0.2.1: error while sending ping: ${why}\n${output}`)[1];
    expect(own('Operation not permitted')).toEqual({
      status: 'unknown',
      summary: 'cannot send: Operation not permitted',
    });
    expect(own('Network is unreachable')).toMatchObject({
      status: 'fail',
      summary: 'network is unreachable',
      silent: true,
    });
  });

  it.each([
    ['loss below its limit', [1, 1, null], { loss: 34 }, 'ok', 'answers ping'],
    ['loss at its limit', [1, 1, null], { loss: 33 }, 'overloaded', 'limit reached: loss'],
    ['a round trip at its limit', [10, 20, null], { rtt: 15 }, 'overloaded', 'limit reached: rtt'],
    ['both', [10, null], { rtt: 10, loss: 50 }, 'overloaded', 'limit reached: loss, rtt'],
    ['silence whatever the limits', [null], { loss: 1 }, 'fail', 'no answer to ping'],
  ])('judges %s', (_name, echoes, limits, status, summary) => {
    expect(judgeEchoes(echoes, limits)).toMatchObject({ status, summary });
  });

  it('never makes the parser throw', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseFping(`a : ${text}\n${text}`)));
  });
});
