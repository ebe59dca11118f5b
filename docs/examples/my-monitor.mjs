// @ts-check
// A monitor of your own. It asks a playout server, which accepts commands as lines of text, whether it is on the air.
//
//   > STATUS
//   < 200 ON AIR 1234
import { converse, defineMonitor, fail, field, ok, quote } from 'understudyd/plugin';

const answer = /^(\d{3}) (.*?)\r?\n/;

/**
 * One conversation. `converse` handles the connection, the deadline, the size limits and the close by reset. This
 * function says what to send and judges the answer. The first verdict ends the conversation; null waits for more.
 *
 * @param {number} limit
 * @returns {import('understudyd/plugin').Talk}
 */
function askStatus(limit) {
  let text = '';
  return {
    waitingFor: 'STATUS',
    connected(say) {
      say('STATUS\r\n');
      return null;
    },
    heard(chunk) {
      text += chunk.toString('latin1');
      const [line, code, words = ''] = answer.exec(text) ?? [];
      if (line === undefined) return text.includes('\n') || text.length > 200 ? notAStatus(text) : null;
      if (code !== '200') return fail('refuses STATUS', `${code} ${words}`);
      const [, viewers] = /^ON AIR (\d+)$/.exec(words) ?? [];
      if (viewers === undefined) return fail('off the air', words);
      const measures = { viewers: Number(viewers) };
      // The summary of a fault is always the same text, so numbers that vary are measures.
      if (measures.viewers >= limit) return { status: 'overloaded', summary: 'too many viewers', measures };
      return { ...ok('on the air'), measures };
    },
    stopped: () => notAStatus(text),
  };
}

/** @param {string} text */
function notAStatus(text) {
  return fail(`expected a status such as 200 ON AIR 12, got ${quote(text)}`);
}

export const monitors = [
  defineMonitor({
    type: 'playout',
    about: 'Asks a playout server whether it is on the air',
    options: field.object({
      port: field.port().default(5250),
      limit: field.count(1, 1_000_000).default(5000).describe('Viewers; reached means overloaded'),
    }),
    network: true,
    tripwirePort: ({ port }) => port,
    prepare:
      ({ port, limit }) =>
      (target, context) =>
        converse(target, port, askStatus(limit), context),
  }),
];
