import { type Check, defineMonitor, field, type Verdict } from '../src/plugin/plugin.ts';
import { converse, type Talk } from './shared/dialog.ts';
import { unescapeText } from './shared/escapes.ts';
import { type Matches, matcher } from './shared/pattern.ts';
import { isQuotable, quote } from './shared/quote.ts';
import { fail, ok, unknown } from './shared/verdicts.ts';

const connectedIsEnough: Talk = {
  waitingFor: 'connect',
  connected: () => ok('connected'),
  heard: () => null,
};

/** Without an expected text, any answer is accepted. */
function matcherOf(expect: string | undefined): Matches | null {
  return expect === undefined ? (text) => text !== '' : matcher(expect, unescapeText(expect));
}

function exchange(send: string | undefined, expect: string | undefined, matches: Matches): Talk {
  const bytes = send === undefined ? null : Buffer.from(unescapeText(send), 'latin1');
  let text = '';
  const wrong = (): Verdict =>
    fail(`expected ${expect === undefined ? 'an answer' : quote(expect)}, got ${quote(text)}`);
  return {
    waitingFor: send === undefined ? 'greeting' : quote(send),
    connected(say) {
      if (bytes !== null) say(bytes);
      return null;
    },
    heard(chunk) {
      text += chunk.toString('latin1');
      const found = matches(text);
      if (found === null) return unknown(`gave up on ${quote(expect ?? '')}: it takes too long`);
      return found ? ok('answered as expected') : null;
    },
    // An incomplete line differs between polls.
    stopped: (how) => (how === 'late' && !isQuotable(text) ? null : wrong()),
  };
}

export const tcp = defineMonitor({
  type: 'tcp',
  about: 'Connects to a TCP port; optionally sends a text and expects one',
  options: field.object({
    port: field.port(),
    send: field.text().optional().describe(String.raw`Sent once connected; \r \n \t \0 \\ \xHH are understood`),
    expect: field
      .text()
      .refine((text) => matcher(text) !== null, 'expected a text or a regular expression such as /^220 /')
      .optional()
      .describe('Must be in the answer: a text, or /a regular expression/'),
  }),
  network: true,
  tripwirePort: ({ port }) => port,
  prepare({ port, send, expect }): Check {
    if (send === undefined && expect === undefined) {
      return (target, context) => converse(target, port, connectedIsEnough, context);
    }
    const matches = matcherOf(expect) ?? (() => false);
    return (target, context) => converse(target, port, exchange(send, expect, matches), context);
  },
});
