/** HTTP_GET: each of its URLs becomes a request and the answer that it expects. */
import { httpCheck, pattern } from '../cluster/checks.ts';
import type { CheckDraft } from '../cluster/cluster.ts';
import { readStatuses, success } from '../cluster/http-status.ts';
import type { Remarks } from '../cluster/remarks.ts';
import type { Statement } from './statements.ts';

type Entry = Readonly<Record<string, unknown>>;

export function urlCheck(
  url: Statement,
  port: number,
  host: string | null,
  times: Entry,
  remarks: Remarks,
): CheckDraft {
  let path = '/';
  let virtualhost = host;
  let status = success;
  let body: string | null = null;
  for (const statement of spread(url.block ?? [])) {
    const { words, place } = statement;
    const [keyword = '', value = ''] = words;
    switch (keyword) {
      case 'path':
        if (/^[!-~]+$/.test(value)) path = value;
        else remarks.expected(place, 'a path without blanks', value);
        break;
      case 'virtualhost':
        if (/^[!-~]+$/.test(value)) virtualhost = value;
        else remarks.expected(place, 'a host name', value);
        break;
      case 'status_code': {
        const read = readStatuses(words.slice(1));
        if (read === null) remarks.expected(place, 'status codes such as 200 or 200-299', words.slice(1).join(' '));
        else status = read;
        break;
      }
      case 'regex':
        body = pattern(value) === null ? null : value;
        if (body === null) remarks.expected(place, 'a regular expression that JavaScript reads', value);
        break;
      case 'digest':
        remarks.changed(place, 'the page is not compared with its digest; the status of the answer decides');
        break;
      default:
        remarks.unknown(place, words.join(' '), 'a url');
    }
  }
  const receive = body === null ? [] : [body];
  return httpCheck(port, { method: 'GET', path, host: virtualhost, status, receive }, times);
}

const urlKeywords = new Set(['path', 'virtualhost', 'status_code', 'regex', 'digest']);

/** People write `url { path / status_code 200 }` on one line. */
function spread(statements: readonly Statement[]): readonly Statement[] {
  return statements.flatMap((statement) => {
    const starts = statement.words.flatMap((word, at) => (at === 0 || (at > 1 && urlKeywords.has(word)) ? [at] : []));
    return starts.map((start, index) => ({ ...statement, words: statement.words.slice(start, starts[index + 1]) }));
  });
}
