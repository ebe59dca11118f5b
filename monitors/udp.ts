import { defineMonitor, field, type Verdict } from '../src/plugin/plugin.ts';
import { fail, ok } from './shared/verdicts.ts';
import { exchange } from './udp/exchange.ts';
import { type Match, matches, parseHex, payload, show } from './udp/payload.ts';

const hexField = (): ReturnType<typeof field.text> =>
  field.text().refine((text) => parseHex(text) !== null, 'expected pairs of hexadecimal digits such as `0d 0a`');

function judge(expected: Buffer | null, match: Match): (answer: Buffer) => Verdict {
  return (answer) => {
    if (expected === null) return ok('answered', show(answer));
    if (matches(answer, expected, match)) return ok('answered as expected');
    return fail(`expected ${show(expected)}, got ${show(answer)}`);
  };
}

export const udp = defineMonitor({
  type: 'udp',
  about: 'Sends a datagram and judges the answer, or that the port is not refused',
  options: field
    .object({
      port: field.port(),
      send: field.text().optional().describe(String.raw`What is sent; \r \n \t \0 \\ \xHH are understood`),
      send_hex: hexField().optional().describe('The same in hexadecimal; without either, the datagram is empty'),
      expect: field.text().optional().describe('Text that must be in the answer; the same escapes'),
      expect_hex: hexField().optional().describe('The same in hexadecimal; without either, any answer is ok'),
      match: field
        .oneOf(['contains', 'prefix', 'exact'])
        .default('contains')
        .describe('Where in the answer: anywhere, at its beginning, or the whole answer'),
      silence: field
        .oneOf(['fail', 'ok'])
        .default('fail')
        .describe('`ok`: the service never answers, and only a refusal of the port is a failure'),
      wait: field.duration(10, 60_000).prefault('300ms').describe('With `silence: ok`, how long to wait for a refusal'),
    })
    .refine(({ send, send_hex }) => send === undefined || send_hex === undefined, {
      path: ['send_hex'],
      message: 'expected one of send and send_hex, got both',
    })
    .refine(({ expect, expect_hex }) => expect === undefined || expect_hex === undefined, {
      path: ['expect_hex'],
      message: 'expected one of expect and expect_hex, got both',
    }),
  network: true,
  prepare({ port, send, send_hex, expect, expect_hex, match, silence, wait }) {
    const ask = {
      port,
      request: payload(send, send_hex) ?? Buffer.alloc(0),
      judge: judge(payload(expect, expect_hex), match),
      quiet: silence === 'fail' ? null : { afterMs: wait, verdict: ok('not refused', 'and not answered either') },
    };
    return (target, context) => exchange(target, ask, context);
  },
});
