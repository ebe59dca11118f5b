/** What stays with HAProxy: a remark for each section, and one for each line that HAProxy does not know. */

import { type Remarks, shown } from '../cluster/remarks.ts';
import { wordSet } from '../cluster/shell-words.ts';
import { isProxy, type Line, type Section } from './sections.ts';

/** First words of lines in proxies (manual, 4.1), old ones too. */
const known = wordSet(`
  acl appsession backlog balance bind bind-process block capture clitimeout compression contimeout cookie crt declare
  default-server default_backend description disabled dispatch dynamic-cookie-key email-alert enabled
  error-log-format errorfile errorfiles errorloc errorloc302 errorloc303 external-check filter force-be-switch
  force-persist fullconn grace guid hash-balance-factor hash-preserve-affinity hash-type http-after-response
  http-check http-drop-request-trailers http-drop-response-trailers http-error http-request http-response http-reuse
  http-send-name-header id ignore-persist load-server-state-from-file log log-format log-format-sd log-steps log-tag
  max-keep-alive-queue max-session-srv-conns maxconn mode monitor monitor-net monitor-uri no option persist
  quic-initial rate-limit redirect redisp redispatch retries retry-on server-state-file-name source srvtimeout stats
  stick stick-table tcp-check tcp-request tcp-response timeout transparent unique-id-format unique-id-header
  use-fcgi-app use-server use_backend
`);

/** These mean little without the word after them. */
const withSecond = new Set(['option', 'timeout', 'stats', 'no', 'default', 'monitor', 'stick']);

export function reportLeft(
  section: Section,
  taken: ReadonlySet<Line>,
  ofServers: readonly string[],
  remarks: Remarks,
): void {
  const left = section.lines.filter((line) => !taken.has(line));
  const names = new Map<string, number>();
  const lines: number[] = [];
  for (const line of left) {
    const [keyword = '', second = ''] = line.words;
    if ((isProxy(section) || section.kind === 'defaults') && !isKnown(line)) {
      remarks.unknown(line.place, line.words.join(' '), `${section.kind}`);
      continue;
    }
    const name = withSecond.has(keyword) && second !== '' ? `${keyword} ${second}` : keyword;
    names.set(name, (names.get(name) ?? 0) + 1);
    lines.push(line.place.line);
  }
  const title = `${section.kind} ${section.name === '' ? '' : shown(section.name)}`.trim();
  const list = [...names].map(([name, times]) => (times === 1 ? name : `${name} (${times})`)).join(', ');
  const parts = [
    ...(section.bind === null ? [] : [`address ${shown(section.bind)}`]),
    ...(list === '' ? [] : [`${list} in ${lines.length === 1 ? 'line' : 'lines'} ${rangesOf(lines)}`]),
    ...(ofServers.length === 0 ? [] : [`of its servers ${ofServers.join(', ')}`]),
  ];
  if (parts.length > 0) remarks.skipped(section.head.place, `${title}: left to HAProxy: ${parts.join('; ')}`);
  else if (taken.size === 0 || section.lines.length === 0) {
    remarks.skipped(section.head.place, `${title} has nothing that can be converted`);
  }
}

function isKnown({ words: [keyword = '', second = ''] }: Line): boolean {
  if (/^(cli|srv)tcpka-(cnt|idle|intvl)$|^(req|rsp)(i?(allow|del|deny|pass|rep|tarpit|add|setbe)|add)$/.test(keyword))
    return true;
  return known.has(keyword) || (keyword === 'default' && second === 'option');
}

/** `3-5, 8`. */
function rangesOf(lines: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const line of lines) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === line - 1) last[1] = line;
    else ranges.push([line, line]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
}
