/** HTTP_GET: each of its URLs becomes a request and the answer that it expects. */
import { httpCheck, pattern, talkCheck } from '../cluster/checks.ts';
import type { CheckWish } from '../cluster/cluster.ts';
import { type Remarks, shown } from '../cluster/remarks.ts';
import type { Statement } from './statements.ts';

type Entry = Readonly<Record<string, unknown>>;

/** Statuses from 200 to 299 are right unless the file says otherwise. */
const success = '2\\d\\d';

export function urlCheck(url: Statement, port: number, host: string | null, times: Entry, remarks: Remarks): CheckWish {
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
        else remarks.skipped(place, `expected a path without blanks, got ${shown(value)}`);
        break;
      case 'virtualhost':
        if (/^[!-~]+$/.test(value)) virtualhost = value;
        else remarks.skipped(place, `expected a host name, got ${shown(value)}`);
        break;
      case 'status_code': {
        const read = statusPattern(words.slice(1));
        if (read === null)
          remarks.skipped(
            place,
            `expected status codes such as 200 or 200-299, got ${shown(words.slice(1).join(' '))}`,
          );
        else status = read;
        break;
      }
      case 'regex':
        body = pattern(value) === null ? null : value;
        if (body === null)
          remarks.skipped(place, `expected a regular expression that JavaScript reads, got ${shown(value)}`);
        break;
      case 'digest':
        remarks.changed(place, 'the page is not compared with its digest; the status of the answer decides');
        break;
      default:
        remarks.skipped(place, `${shown(words.join(' '))} is not understood in a url`);
    }
  }
  const check = httpCheck(port, { method: 'GET', path, host: virtualhost, status }, times);
  if (body === null) return check;
  const send = `GET ${path} HTTP/1.0\r\n${virtualhost === null ? '' : `Host: ${virtualhost}\r\n`}\r\n`;
  return talkCheck(port, { name: 'http', send, expect: `/^HTTP\\/\\d\\.\\d ${status}[^]*?(?:${body})/` }, times);
}

/** `200`, `200-299`, several of them: a regular expression of three digits. */
function statusPattern(words: readonly string[]): string | null {
  const parts = words.flatMap((word) => word.split(',')).filter((word) => word !== '');
  const codes: string[] = [];
  for (const part of parts) {
    const [, from = '', to = from] = /^(\d{3})(?:-(\d{3}))?$/.exec(part) ?? [];
    if (from === '' || Number(to) < Number(from)) return null;
    if (/^\d00$/.test(from) && to === `${from[0]}99`) codes.push(`${from[0]}\\d\\d`);
    else for (let code = Number(from); code <= Number(to); code += 1) codes.push(String(code));
  }
  if (codes.length === 0) return null;
  return codes.length === 1 ? (codes[0] ?? null) : `(?:${codes.join('|')})`;
}

const urlKeywords = new Set(['path', 'virtualhost', 'status_code', 'regex', 'digest']);

/** People write `url { path / status_code 200 }` on one line. */
function spread(statements: readonly Statement[]): readonly Statement[] {
  return statements.flatMap((statement) => {
    const starts = statement.words.flatMap((word, at) => (at === 0 || (at > 1 && urlKeywords.has(word)) ? [at] : []));
    return starts.map((start, index) => ({ ...statement, words: statement.words.slice(start, starts[index + 1]) }));
  });
}
