/** Monitors of mon as ours. Those that ask a protocol which we speak are native, all others stay programs. */
import {
  byPing,
  greetingCheck,
  httpCheck,
  mostPings,
  pattern,
  pingCheck,
  talkCheck,
  tcpCheck,
} from '../cluster/checks.ts';
import type { CheckDraft } from '../cluster/cluster.ts';
import { portIn, secondsIn, wholeIn } from '../cluster/numbers.ts';
import { splitQuoted } from './statements.ts';

export interface MonitorDraft {
  /** Without times. */
  readonly check: CheckDraft;
  /** null: none is stated. */
  readonly timeoutMs: number | null;
  /** It is a program in the folder of monitors. */
  readonly isLookedUp: boolean;
  /** What is different now, one remark each. */
  readonly changed: readonly string[];
}

export interface MonitorFolder {
  readonly path: string;
  /** False: mon searches other folders as well. */
  readonly isSure: boolean;
}

/** Where Debian's mon has it. */
const usualBase = '/usr/lib/mon';

/** `mondir` is a list of folders, relative to `basedir`; mon takes the first that has the program. */
export function monitorFolder(mondir: string | null, basedir: string | null): MonitorFolder {
  const base = basedir?.startsWith('/') ? basedir.replace(/\/+$/, '') : usualBase;
  const folders = (mondir ?? '').split(':').filter((folder) => folder !== '');
  const [first] = folders;
  if (first === undefined) return { path: `${base}/mon.d`, isSure: true };
  const path = (first.startsWith('/') ? first : `${base}/${first}`).replace(/\/+$/, '');
  return { path, isSure: folders.length === 1 };
}

/** `line`: what stands after `monitor`. null: there is no program in it. */
export function monitorDraft(line: string, variables: readonly string[], folder: MonitorFolder): MonitorDraft | null {
  const [program = '', ...args] = splitQuoted(line);
  if (program === '') return null;
  const kind = program.slice(program.lastIndexOf('/') + 1).replace(/\.monitor$/, '');
  const native = program.includes('/') ? null : nativeDraft(kind, args);
  if (native !== null) {
    const unused = variables.map((text) => `\`${text.split('=')[0]}\` has no effect: the check starts no program`);
    return { ...native, changed: [...native.changed, ...unused] };
  }
  return commandDraft(program, kind, args, variables, folder);
}

function commandDraft(
  program: string,
  kind: string,
  args: readonly string[],
  variables: readonly string[],
  folder: MonitorFolder,
): MonitorDraft {
  const path = program.startsWith('/') ? program : `${folder.path}/${program}`;
  // Then its exit status alone counts, and the first line of its output need not name a host.
  const alone = args.at(-1) === ';;';
  const { before, env } = environmentOf(variables);
  const run = [...before, path, ...(alone ? args.slice(0, -1) : args)].filter((word) => word !== '');
  const convention = alone ? {} : { convention: 'mon' };
  const asks = alone
    ? 'run for each server, without its address (`;;`) and without MON_* variables'
    : 'run once for all servers with their addresses, as by mon; the servers that its first line names fail';
  const lookedUp = program.startsWith('/') || folder.isSure ? [] : [`\`${program}\` is taken from ${folder.path}`];
  const ours = /rtsp|rtmp/i.exec(kind)?.[0]?.toLowerCase();
  const hint = ours === undefined ? '' : `; a monitor of \`type: ${ours}\` would check this itself`;
  return {
    check: { name: kind, entry: { type: 'command', run, ...convention, ...env } },
    timeoutMs: null,
    isLookedUp: !program.startsWith('/'),
    changed: [`\`${program}\` is ${asks}${hint}`, ...lookedUp],
  };
}

/** `NAME=value` as the key `env`, or where a value is empty by the program that sets it. */
function environmentOf(variables: readonly string[]): { readonly before: readonly string[]; readonly env: object } {
  const pairs = variables.map((text) => /^([A-Za-z_][A-Za-z0-9_]*)=(.+)$/s.exec(text));
  const whole = pairs.flatMap((pair) => (pair === null ? [] : [[pair[1] ?? '', pair[2] ?? ''] as const]));
  if (variables.length === 0) return { before: [], env: {} };
  if (whole.length < pairs.length) return { before: ['/usr/bin/env', ...variables], env: {} };
  return { before: [], env: { env: Object.fromEntries(whole) } };
}

/** null: not one of these, or with an option that ours has no match for. */
function nativeDraft(kind: string, args: readonly string[]): MonitorDraft | null {
  switch (kind) {
    case 'tcp':
      return asked(args, 'p:t:', (given) => tcp(given, 23));
    case 'telnet':
      return asked(args, 'p:t:l:', (given) => {
        const prompt = (given.get('l') ?? 'ogin:').replace(/^\/(.*)\/$/s, '$1');
        return prompt === '' ? tcp(given, 23) : telnet(given, prompt);
      });
    case 'http':
      return asked(args, 'p:t:u:a:m:', http);
    case 'smtp':
    case 'ftp':
    case 'pop3':
    case 'imap':
    case 'nntp':
    case 'ssh':
      return asked(args, 'p:t:', (given) => greeting(kind, given));
    case 'ping':
      return asked(args, 'c:', (given) => ping(given.get('c') ?? '1', 1));
    case 'fping':
      return asked(args, 'ar:t:', (given) => {
        const waitS = Math.ceil((wholeIn(given.get('t'), 1, 60_000) ?? 2000) / 1000);
        const draft = ping(String(1 + (wholeIn(given.get('r'), 0, 19) ?? 0)), waitS);
        const each = '`-a` has no effect: each server fails by itself';
        return draft === null || !given.has('a') ? draft : { ...draft, changed: [...draft.changed, each] };
      });
    default:
      return null;
  }
}

type Given = ReadonlyMap<string, string>;

/** Options as getopts(1) reads them; null for unknown ones, and for words after them: those are hosts of their own. */
export function getopts(args: readonly string[], letters: string): Given | null {
  const given = new Map<string, string>();
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (arg === '--' && at === args.length - 1) break;
    const letter = /^-([A-Za-z0-9])/.exec(arg)?.[1];
    const place = letter === undefined ? -1 : letters.indexOf(letter);
    if (letter === undefined || place === -1) return null;
    if (letters[place + 1] !== ':') {
      if (arg.length > 2) return null;
      given.set(letter, '');
    } else if (arg.length > 2) given.set(letter, arg.slice(2));
    else {
      at += 1;
      const value = args[at];
      if (value === undefined) return null;
      given.set(letter, value);
    }
  }
  return given;
}

function asked(
  args: readonly string[],
  letters: string,
  make: (given: Given) => MonitorDraft | null,
): MonitorDraft | null {
  const given = getopts(args, letters);
  return given === null ? null : make(given);
}

function tcp(given: Given, usualPort: number): MonitorDraft | null {
  const port = portIn(given.get('p') ?? String(usualPort));
  return port === null ? null : timed(tcpCheck(port, {}), given);
}

function telnet(given: Given, prompt: string): MonitorDraft | null {
  const port = portIn(given.get('p') ?? '23');
  const expect = pattern(prompt);
  if (port === null || expect === null) return null;
  return timed(talkCheck(port, { name: 'telnet', send: null, expect }, {}), given);
}

function greeting(service: string, given: Given): MonitorDraft | null {
  const port = portIn(given.get('p'));
  if (given.has('p') && port === null) return null;
  const check = greetingCheck(service, port, {});
  return check === null ? null : timed(check, given);
}

function http(given: Given): MonitorDraft | null {
  const port = portIn(given.get('p') ?? '80');
  const path = given.get('u') || '/';
  const wanted = given.get('m');
  if (port === null || !/^[!-~]+$/.test(path)) return null;
  const agent = given.get('a');
  if (agent !== undefined && !/^[ -~]*$/.test(agent)) return null;
  if (wanted !== undefined && pattern(wanted) === null) return null;
  const ask = {
    method: 'GET',
    path: path.startsWith('/') ? path : `/${path}`,
    host: null,
    // What mon's http.monitor takes for an answer.
    status: '(?:200|301|302|401)',
    headers: agent === undefined ? [] : [`User-Agent: ${agent}`],
    receive: wanted === undefined ? [] : [wanted],
  };
  return timed(httpCheck(port, ask, {}), given);
}

function ping(countText: string, waitS: number): MonitorDraft | null {
  const count = wholeIn(countText, 1, mostPings);
  if (count === null) return null;
  const check = pingCheck(count, waitS * 1000, {});
  return { check, timeoutMs: (count + waitS) * 1000, isLookedUp: false, changed: [byPing] };
}

function timed(check: CheckDraft, given: Given): MonitorDraft | null {
  const text = given.get('t');
  const timeoutMs = text === undefined ? null : secondsIn(text);
  return text !== undefined && (timeoutMs === null || timeoutMs === 0)
    ? null
    : { check, timeoutMs, isLookedUp: false, changed: [] };
}
