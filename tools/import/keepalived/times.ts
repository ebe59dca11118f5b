/** How often, how long, how many times: stated for the virtual server, the real server or the check itself. */
import { secondsIn, type Times, wholeIn } from '../cluster/numbers.ts';
import type { Remarks } from '../cluster/remarks.ts';
import type { Statement } from './statements.ts';

/** `retry` counts what follows the first failure, our `fall` counts that too. */
const maxRetries = 99;

/** What the block states over what stands above it; null: the statement is not about time. */
export function withTime(times: Times, { words, place }: Statement, remarks: Remarks): Times | null {
  const [keyword = '', value] = words;
  const ms = () => {
    const read = secondsIn(value);
    if (read === null) remarks.expected(place, `seconds after \`${keyword}\``, value ?? '');
    return read;
  };
  switch (keyword) {
    case 'delay_loop':
      return { ...times, intervalMs: ms() ?? times.intervalMs };
    case 'connect_timeout':
    case 'misc_timeout':
    case 'timeout':
      return { ...times, timeoutMs: ms() ?? times.timeoutMs };
    case 'delay_before_retry':
      return { ...times, retryIntervalMs: ms() ?? times.retryIntervalMs };
    case 'retry':
    case 'nb_get_retry':
    case 'nb_sock_retry': {
      const retries = wholeIn(value, 0, maxRetries);
      if (retries === null) {
        remarks.expected(place, `a count from 0 to ${maxRetries} after \`${keyword}\``, value ?? '');
        return times;
      }
      return { ...times, fall: retries + 1 };
    }
    default:
      return null;
  }
}

export function timesIn(block: readonly Statement[], above: Times, remarks: Remarks): Times {
  return block.reduce((times, statement) => withTime(times, statement, remarks) ?? times, above);
}
