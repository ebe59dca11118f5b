/** `option tcp-check` with its rules: what is sent, and what has to come. Each `connect` begins a check of its own. */
import { asPattern, literal, pattern, rtspCheck, rtspPathIn, talkCheck, tcpCheck } from '../cluster/checks.ts';
import type { CheckDraft } from '../cluster/cluster.ts';
import { type Remarks, shown } from '../cluster/remarks.ts';
import { portOr, proxyLines, reportExpects, reportNoTls, type Surroundings } from './checked.ts';
import { readMatch, stepPort } from './rules.ts';
import type { Line } from './sections.ts';

interface Talk {
  /** Its `connect`. */
  readonly line: Line | null;
  readonly lines: Line[];
  readonly port: number | null;
  readonly tls: boolean;
  readonly before: string;
  readonly sends: Buffer[];
  readonly expects: Expected[];
  /** An answer comes before the last text is sent. */
  inTurns: boolean;
}

/** For `expect` of our monitor, alone and as a part. */
interface Expected {
  readonly alone: string;
  readonly source: string;
}

export function tcpChecks(surroundings: Surroundings): readonly CheckDraft[] {
  const { rules, server, remarks } = surroundings;
  const before = server.before === null ? '' : proxyLines[server.before];
  const fresh = { tls: server.tls, before, inTurns: false };
  const talks: Talk[] = [];
  const current = () => {
    const first: Talk = { ...fresh, line: null, port: server.port, lines: [], sends: [], expects: [] };
    if (talks.length === 0) talks.push(first);
    return talks.at(-1) ?? first;
  };
  for (const line of rules.steps) {
    const [, what = '', ...words] = line.words;
    if (what === 'connect') {
      const inherited = words.includes('default') ? before : '';
      const own = words.includes('send-proxy') ? proxyLines.proxy : inherited;
      const tls = words.includes('ssl') || (words.includes('default') && server.tls);
      const port = stepPort(words) ?? server.port;
      talks.push({ line, port, tls, before: own, lines: [], sends: [], expects: [], inTurns: false });
      reportOthers(words, line, remarks);
    } else if (what === 'send' || what === 'send-binary') {
      const bytes = what === 'send' ? Buffer.from(words[0] ?? '') : binary(words[0] ?? '');
      if (bytes === null) remarks.expected(line.place, 'pairs of hexadecimal digits', words[0] ?? '');
      else current().sends.push(bytes);
      if (current().expects.length > 0) current().inTurns = true;
    } else if (what === 'expect') {
      const expected = expectedBy(words, line, remarks);
      current().lines.push(line);
      if (expected !== null) current().expects.push(expected);
    } else if (what !== 'comment') {
      remarks.skipped(line.place, `${shown(line.words.join(' '))}: there is no equivalent here`);
    }
  }
  current();
  return talks.flatMap((talk) => checkOf(talk, surroundings));
}

function checkOf(talk: Talk, surroundings: Surroundings): readonly CheckDraft[] {
  const { server, entry, remarks, rules } = surroundings;
  const line = talk.line ?? rules.line ?? server.line;
  const port = portOr(talk.port, surroundings);
  if (port === null) return [];
  if (talk.tls) {
    reportNoTls('tcp-check', port, talk.line ?? server.line, remarks);
    return [tcpCheck(port, entry)];
  }
  const sent = Buffer.concat(talk.sends);
  const path = rtspPathIn(sent.toString('latin1'));
  if (path !== null && talk.before === '') {
    remarks.changed(line.place, `the request becomes the \`rtsp\` monitor: OPTIONS on port ${port}`);
    reportExpects('rtsp', talk.lines, remarks);
    return [rtspCheck(port, path, entry)];
  }
  const [first, ...others] = talk.expects;
  if (first === undefined) {
    if (sent.length > 0) remarks.changed(line.place, `nothing is expected: a TCP connect to port ${port} instead`);
    return [tcpCheck(port, entry)];
  }
  if (talk.inTurns)
    remarks.changed(line.place, 'everything is sent at once here, and the answers are expected in this order');
  const expect =
    others.length === 0 ? first.alone : `/${[first, ...others].map(({ source }) => source).join('[^]*?')}/`;
  const send = Buffer.concat([Buffer.from(talk.before, 'latin1'), sent]);
  return [talkCheck(port, { send, expect }, entry)];
}

function reportOthers(words: readonly string[], line: Line, remarks: Remarks): void {
  const others: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (/^(port|comment|sni|alpn|proto)$/.test(word)) at += 1;
    else if (!/^(ssl|default|linger|send-proxy|via-socks4)$/.test(word)) others.push(word);
  }
  if (others.length > 0) remarks.unknown(line.place, others.join(' '), 'tcp-check connect');
}

function expectedBy(words: readonly string[], line: Line, remarks: Remarks): Expected | null {
  const match = readMatch(words, line, remarks);
  if (match === null) return null;
  const { not, kind, value } = match;
  const whole = shown(line.words.join(' '));
  if (not) {
    remarks.skipped(line.place, `${whole}: text that must not be in an answer is not checked`);
    return null;
  }
  if (kind === 'string') return { alone: literal(value), source: asPattern(value) };
  if (kind === 'rstring') {
    const read = pattern(value);
    if (read !== null) return { alone: read, source: `(?:${value})` };
    remarks.expected(line.place, 'a regular expression that JavaScript reads', value);
    return null;
  }
  const bytes = kind === 'binary' ? binary(value) : null;
  if (bytes !== null) return { alone: literal(bytes), source: asPattern(bytes) };
  remarks.skipped(line.place, `${whole}: there is no equivalent here`);
  return null;
}

function binary(text: string): Buffer | null {
  return /^([0-9a-f]{2})+$/i.test(text) ? Buffer.from(text, 'hex') : null;
}
