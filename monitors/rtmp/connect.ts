import type { Verdict } from '../../src/plugin/plugin.ts';
import { plain, quote } from '../shared/quote.ts';
import { fail } from '../shared/verdicts.ts';
import { type Command, textOf, transaction } from './command.ts';

const success = 'NetConnection.Connect.Success';

/** What an answer says about our `connect`; null when it says nothing. */
export function judgeConnect(command: Command): Verdict | 'accepted' | null {
  const code = textOf(command.info?.get('code'));
  const why = whyOf(command) || 'no reason given';
  const refused = () => fail(`connection refused by application: ${why}`, plain(code));
  if (command.name === 'onStatus' && textOf(command.info?.get('level')) === 'error') return refused();
  if (command.transaction !== transaction.connect) return null;
  if (command.name === '_error') return refused();
  if (command.name !== '_result') return null;
  return code === success ? 'accepted' : fail(`expected ${success}, got ${quote(code)}`, why);
}

/** The number of the message stream that we got, a refusal, or null when it is another answer. */
export function judgeCreateStream(command: Command): Verdict | number | null {
  if (command.transaction !== transaction.createStream) return null;
  if (command.name === '_error') return fail(`createStream refused: ${whyOf(command) || 'no reason given'}`);
  if (command.name !== '_result') return null;
  const { result } = command;
  const isStream = typeof result === 'number' && Number.isInteger(result) && result >= 0 && result <= 0xffffffff;
  return isStream ? result : fail('expected the number of a stream, got something else');
}

/** The server's own words, as far as they are fit to print. */
export function whyOf({ info }: Command): string {
  return plain(textOf(info?.get('description')) || textOf(info?.get('code')));
}
