import { type Check, defineMonitor, field, type Verdict } from '../src/plugin.ts';
import { converse, type Talk } from './shared/dialog.ts';
import { unescapeText } from './shared/escapes.ts';
import { isQuotable, quote } from './shared/quote.ts';
import { fail, ok } from './shared/verdicts.ts';

const connectedIsEnough: Talk = {
  waitingFor: 'connect',
  connected: () => ok('connected'),
  heard: () => null,
};

type Matches = (text: string) => boolean;

/** `/PATTERN/flags` is a regular expression, anything else is found as it stands. */
function matcher(expect: string | undefined): Matches | null {
  if (expect === undefined) return (text) => text !== '';
  const pattern = /^\/(.+)\/([ims]*)$/s.exec(expect);
  if (pattern === null) {
    const literal = unescapeText(expect);
    return (text) => text.includes(literal);
  }
  try {
    const expression = new RegExp(pattern[1] ?? '', pattern[2]);
    return (text) => expression.test(text);
  } catch {
    return null;
  }
}

function exchange(send: string | undefined, expect: string | undefined, matches: Matches): Talk {
  const bytes = send === undefined ? null : Buffer.from(unescapeText(send), 'latin1');
  let text = '';
  const wrong = (): Verdict =>
    fail(`expected ${expect === undefined ? 'an answer' : quote(expect)}, got ${quote(text)}`);
  return {
    waitingFor: send === undefined ? 'connect' : quote(send),
    connected(say) {
      if (bytes !== null) say(bytes);
      return null;
    },
    heard(chunk) {
      text += chunk.toString('latin1');
      return matches(text) ? ok('answered as expected') : null;
    },
    // A line that is not complete differs from poll to poll.
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
    const matches = matcher(expect) ?? (() => false);
    return (target, context) => converse(target, port, exchange(send, expect, matches), context);
  },
});
