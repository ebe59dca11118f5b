/** `option httpchk` with its `http-check` rules: a request and the correct answer. */
import { asPattern, httpCheck, pattern, tcpCheck } from '../cluster/checks.ts';
import type { CheckDraft } from '../cluster/cluster.ts';
import { readStatuses, statusPattern } from '../cluster/http-status.ts';
import { type Remarks, shown } from '../cluster/remarks.ts';
import { portOr, proxyLines, reportExpects, reportNoTls, type Surroundings } from './checked.ts';
import { type Rules, readMatch, stepPort } from './rules.ts';
import type { Line } from './sections.ts';

interface Ask {
  method: string;
  path: string;
  version: string;
  headers: string[];
  body: string;
}

interface Wanted {
  status: string | null;
  readonly receive: string[];
}

export function httpChecks({ rules, server, entry, remarks, ...rest }: Surroundings): readonly CheckDraft[] {
  const ask = askOf(rules, remarks);
  const wanted: Wanted = { status: null, receive: [] };
  let { port, tls } = server;
  let sends = 0;
  for (const line of rules.steps) {
    const [, what = '', ...words] = line.words;
    const text = shown(line.words.join(' '));
    if (what === 'send') {
      sends += 1;
      if (sends > 1) remarks.skipped(line.place, `${text}: a check sends one request here, the first`);
      else readSend(words, line, ask, remarks);
    } else if (what === 'expect') readExpect(words, line, wanted, remarks);
    else if (what === 'connect') {
      port = stepPort(words) ?? port;
      tls ||= words.includes('ssl');
      const others = words.filter((word, at) => !/^(port|ssl|default|linger)$/.test(word) && words[at - 1] !== 'port');
      if (others.length > 0) remarks.skipped(line.place, `${text}: \`${others.join(' ')}\` is not understood`);
    } else if (what === 'disable-on-404') {
      remarks.changed(
        line.place,
        'an answer of 404 is a failure here, not a drain; `understudy drain` does that manually',
      );
    } else if (what !== 'comment') remarks.skipped(line.place, `${text}: there is no equivalent here`);
  }
  const open = portOr(port, { rules, server, entry, remarks, ...rest });
  if (open === null) return [];
  if (tls) {
    reportNoTls('httpchk', open, server.line, remarks);
    return [tcpCheck(open, entry)];
  }
  const plain = new RegExp(wanted.status ?? '').test('200') && wanted.receive.length === 0 && server.before === null;
  if (plain && /^\/\?(?:[^#]*&)?action=stat\b/.test(ask.path)) {
    const why = `the request becomes the \`wcs\` monitor, which reads the statistics on port ${open}`;
    remarks.changed((rules.line ?? server.line).place, why);
    reportExpects('wcs', rules.steps, remarks);
    return [{ name: open === 8081 ? 'wcs' : `wcs-${open}`, entry: { type: 'wcs', port: open, ...entry } }];
  }
  const hostAt = ask.headers.findIndex((header) => /^host:/i.test(header));
  const [host = ''] = hostAt === -1 ? [] : ask.headers.splice(hostAt, 1);
  const status = wanted.status ?? (wanted.receive.length > 0 ? '\\d\\d\\d' : '[23]\\d\\d');
  const check = httpCheck(
    open,
    {
      method: ask.method,
      path: ask.path,
      host: host === '' ? null : host.replace(/^host:\s*/i, ''),
      status,
      receive: wanted.receive,
      version: ask.version === '1.0' ? '1.0' : '1.1',
      headers: ask.headers.filter((header) => !/^(connection|content-length):/i.test(header)),
      body: ask.body,
      before: server.before === null ? '' : proxyLines[server.before],
    },
    entry,
  );
  return [check];
}

/** `option httpchk [METHOD] URI [VERSION]`; some files have headers after the version. */
function askOf({ words, line }: Rules, remarks: Remarks): Ask {
  const [first, second, ...others] = words;
  const [method, path] = second === undefined ? ['OPTIONS', first] : [first, second];
  if (line !== null && path !== undefined && printable(path) === null) {
    remarks.expected(line.place, 'a path without blanks', path);
  }
  const [version = '', ...headers] = others.join(' ').split(/\r\n|\n/);
  return {
    method: printable(method) ?? 'OPTIONS',
    path: printable(path) ?? '/',
    version: versionIn(version),
    headers: headers.filter((header) => header.includes(':')),
    body: '',
  };
}

function versionIn(text: string): string {
  return text === '' || /1\.0\s*$/.test(text) ? '1.0' : '1.1';
}

function printable(text: string | undefined): string | null {
  return text !== undefined && /^[!-~]+$/.test(text) ? text : null;
}

function readSend(words: readonly string[], line: Line, ask: Ask, remarks: Remarks): void {
  for (let at = 0; at < words.length; at += 2) {
    const [name = '', value = ''] = [words[at], words[at + 1]];
    const skip = (text: string) => remarks.skipped(line.place, text);
    switch (name) {
      case 'meth':
        ask.method = printable(value) ?? ask.method;
        break;
      case 'uri':
        if (printable(value) === null) skip(`expected a path without blanks, got ${shown(value)}`);
        else ask.path = value;
        break;
      case 'ver':
        ask.version = versionIn(value);
        break;
      case 'hdr': {
        const header = words[at + 2] ?? '';
        at += 1;
        if (/[\r\n]|%\[/.test(`${value}${header}`))
          skip(`${shown(`${value}: ${header}`)}: its value is not known here`);
        else ask.headers.push(`${value}: ${header}`);
        break;
      }
      case 'body':
        ask.body = value;
        break;
      case 'comment':
        break;
      default:
        skip(`${shown(`${name} ${value}`.trim())} is not understood in http-check send`);
    }
  }
}

function readExpect(words: readonly string[], line: Line, wanted: Wanted, remarks: Remarks): void {
  const match = readMatch(words, line, remarks);
  const skip = (text: string) => remarks.skipped(line.place, text);
  if (match === null) return;
  const { not, kind, value } = match;
  switch (kind) {
    case 'status':
    case 'rstatus': {
      const fits = kind === 'status' ? readStatuses([value]) : value;
      const isValid =
        fits === null || pattern(fits) === null ? null : new RegExp(kind === 'status' ? `^${fits}$` : fits);
      const status = isValid === null ? null : statusPattern((code) => isValid.test(String(code)) !== not);
      if (status === null) skip(`expected status codes that an answer can have, got ${shown(value)}`);
      else wanted.status = status;
      return;
    }
    case 'string':
    case 'rstring': {
      const source = kind === 'string' ? asPattern(value) : value;
      if (not) skip(`${shown(line.words.join(' '))}: text that must not be in an answer is not checked`);
      else if (pattern(source) === null)
        skip(`expected a regular expression that JavaScript reads, got ${shown(value)}`);
      else wanted.receive.push(source);
      return;
    }
    default:
      skip(`${shown(line.words.join(' '))}: only the status and the body of an answer are checked`);
  }
}
