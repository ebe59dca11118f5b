/** keepalived's checkers as monitors. */
import { byPing, greetingCheck, pingCheck, tcpCheck } from '../cluster/checks.ts';
import type { CheckDraft } from '../cluster/cluster.ts';
import { portIn, type Times, timesOf, timesOfProgram } from '../cluster/numbers.ts';
import { noRemarks, type Remarks, shown } from '../cluster/remarks.ts';
import { scriptCheck } from '../cluster/script-check.ts';
import { urlCheck } from './http-get.ts';
import type { Statement } from './statements.ts';
import { timesIn, withTime } from './times.ts';

export interface Checked {
  readonly address: string;
  /** null: there is none, as in a service by mark. */
  readonly port: number | null;
  readonly host: string | null;
  readonly times: Times;
}

const smtpPort = 25;

export function isChecker(keyword: string): boolean {
  return /^[A-Z]+_(CHECK|GET)$/.test(keyword);
}

/** None when it cannot be converted; then a remark says why. */
export function checksOf(checker: Statement, server: Checked, remarks: Remarks): readonly CheckDraft[] {
  const block = checker.block ?? [];
  const [keyword = ''] = checker.words;
  switch (keyword) {
    case 'TCP_CHECK': {
      const { port, entry } = network(block, server, checker, [], remarks);
      return port === null ? [] : [tcpCheck(port, entry)];
    }
    case 'HTTP_GET': {
      const { port, entry } = network(block, server, checker, ['url', 'virtualhost'], remarks);
      const host = block.find(({ words }) => words[0] === 'virtualhost')?.words[1] ?? server.host;
      const urls = block.filter(({ words }) => words[0] === 'url');
      if (port === null) return [];
      return urls.length === 0 ? [tcpCheck(port, entry)] : urls.map((url) => urlCheck(url, port, host, entry, remarks));
    }
    case 'SSL_GET': {
      const { port, entry } = network(block, server, checker, ['url', 'virtualhost', 'enable_sni'], remarks);
      if (port === null) return [];
      remarks.changed(
        checker.place,
        `SSL_GET is a TCP connect to port ${port} here, without TLS and without a request`,
      );
      return [tcpCheck(port, entry)];
    }
    case 'SMTP_CHECK': {
      const host = block.find(({ words }) => words[0] === 'host');
      const lines = [...block.filter((line) => line !== host), ...(host?.block ?? [])];
      const { port, entry } = network(
        lines,
        { ...server, port: server.port ?? smtpPort },
        checker,
        ['helo_name'],
        remarks,
      );
      if (port === null) return [];
      remarks.changed(checker.place, 'SMTP_CHECK only waits for the greeting of the mail server here');
      return [greetingCheck('smtp', port, entry) ?? tcpCheck(port, entry)];
    }
    case 'MISC_CHECK':
      return script(checker, server, remarks);
    case 'PING_CHECK':
      return ping(checker, server, remarks);
    default:
      remarks.skipped(checker.place, `there is no monitor like ${keyword} yet`);
      return [];
  }
}

/** What checkers over the network have in common. `others`: keywords that the caller reads. */
function network(
  block: readonly Statement[],
  { address, port, times }: Checked,
  checker: Statement,
  others: readonly string[],
  remarks: Remarks,
): { readonly port: number | null; readonly entry: Readonly<Record<string, unknown>> } {
  let open = port;
  for (const statement of block) {
    const { words, place } = statement;
    const [keyword = '', value = ''] = words;
    if (withTime(times, statement, noRemarks) !== null || others.includes(keyword)) continue;
    if (keyword === 'connect_port') {
      const read = portIn(value);
      if (read === null) remarks.expected(place, 'a port from 1 to 65535', value);
      else open = read;
    } else if (keyword === 'connect_ip') {
      if (value !== address) remarks.changed(place, `the check goes to \`${address}\` itself, not to ${shown(value)}`);
    } else remarks.unknown(place, words.join(' '), `${checker.words[0]}`);
  }
  if (open === null || open === 0) {
    remarks.skipped(
      checker.place,
      `${checker.words[0]}: expected a \`connect_port\`, as the server has no port of its own, got none`,
    );
  }
  const stated = timesIn(block, times, remarks);
  const entry = timesOf(stated, (text) => remarks.changed(checker.place, text));
  return { port: open === 0 ? null : open, entry };
}

function ping(checker: Statement, { times }: Checked, remarks: Remarks): readonly CheckDraft[] {
  const block = checker.block ?? [];
  for (const statement of block) {
    if (withTime(times, statement, noRemarks) !== null) continue;
    remarks.unknown(statement.place, statement.words.join(' '), 'PING_CHECK');
  }
  const stated = timesIn(block, times, remarks);
  const changed = (text: string) => remarks.changed(checker.place, text);
  changed(byPing);
  return [pingCheck(1, stated.timeoutMs, timesOfProgram({ ...stated, timeoutMs: null }, changed))];
}

function script(checker: Statement, { address, times }: Checked, remarks: Remarks): readonly CheckDraft[] {
  const block = checker.block ?? [];
  let line: string | null = null;
  for (const statement of block) {
    const { words, place } = statement;
    const [keyword = '', ...rest] = words;
    if (withTime(times, statement, noRemarks) !== null) continue;
    if (keyword === 'misc_path') line = commandLine(rest);
    else if (keyword === 'misc_dynamic') {
      remarks.skipped(place, 'the exit status of a check does not set the weight here; 0 is ok, all else fails');
    } else if (keyword === 'user') {
      remarks.skipped(place, `${shown(words.join(' '))}: a program runs as the user of the daemon`);
    } else remarks.unknown(place, words.join(' '), 'MISC_CHECK');
  }
  const stated = timesIn(block, { ...times, timeoutMs: null }, remarks);
  const changed = (text: string) => remarks.changed(checker.place, text);
  const program = () => timesOfProgram(stated, changed);
  const scriptTimes = { native: () => timesOf(stated, changed), program };
  const check = line === null ? null : scriptCheck(line, address, scriptTimes, changed);
  if (check === null) remarks.skipped(checker.place, 'MISC_CHECK: expected a program after `misc_path`, got none');
  return check === null ? [] : [check];
}

/** One quoted word is a whole command line; several have lost their quotes on the way. */
function commandLine(words: readonly string[]): string {
  const [only = ''] = words;
  if (words.length <= 1) return only;
  return words.map((word) => (/\s/.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : word)).join(' ');
}
