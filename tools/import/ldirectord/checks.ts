/** `checktype` and what belongs to it, as monitors. */
import {
  byPing,
  commandCheck,
  greetingCheck,
  httpCheck,
  knowsItself,
  mostPings,
  pattern,
  pingCheck,
  rtspCheck,
  rtspPathIn,
  talkCheck,
  tcpCheck,
} from '../cluster/checks.ts';
import type { CheckDraft, PoolAddress } from '../cluster/cluster.ts';
import { success } from '../cluster/http-status.ts';
import { type Times, timesOf, timesOfProgram, wholeIn } from '../cluster/numbers.ts';
import { type Remarks, shown } from '../cluster/remarks.ts';
import { scriptCheck } from '../cluster/script-check.ts';
import { splitCommand } from '../cluster/shell-words.ts';
import type { Setting } from './lines.ts';
import type { Real } from './reals.ts';

export interface CheckSettings {
  readonly at: PoolAddress;
  /** The setting of this name in the virtual service, or else the global one. */
  readonly find: (key: string) => Setting | undefined;
  readonly checkport: number | null;
  readonly times: Times;
  readonly head: Setting;
}

/** The service of a port, where none is named. */
const services: Readonly<Record<number, string>> = {
  21: 'ftp',
  25: 'smtp',
  80: 'http',
  110: 'pop',
  119: 'nntp',
  143: 'imap',
  443: 'https',
  587: 'submission',
};

/** null: there is meant to be none. */
export function checksOf(real: Real, settings: CheckSettings, remarks: Remarks): readonly CheckDraft[] | null {
  const { find, head, at } = settings;
  const typeSetting = find('checktype');
  const place = (typeSetting ?? head).place;
  const type = (typeSetting?.value ?? 'negotiate').toLowerCase();
  const port = settings.checkport ?? real.port ?? (at.kind === 'fwmark' ? null : at.port);
  const needPort = (): number | null => {
    if (port === null)
      remarks.skipped(place, 'no `checkport`, and the real server has no port of its own: there is nothing to check');
    return port;
  };
  const network = () => timesOf(timesFor(settings, type), (text) => remarks.changed(place, text));
  switch (type) {
    case 'on':
      return null;
    case 'connect': {
      if (at.kind === 'udp') {
        remarks.changed(place, 'a UDP service is pinged, as ldirectord does');
        return ping(settings, place, remarks);
      }
      const open = needPort();
      return open === null ? [] : [tcpCheck(open, network())];
    }
    case 'ping':
      return ping(settings, place, remarks);
    case 'external':
    case 'external-perl':
      return external(real, settings, remarks);
    default: {
      if (wholeIn(type, 1, 1_000_000) !== null) {
        remarks.changed(place, `every check talks to the service here, not one after ${type} connects`);
      } else if (type !== 'negotiate') {
        remarks.skipped(
          place,
          `unknown checktype ${shown(type)}, expected connect, negotiate, external, ping, on, off or a number`,
        );
        return [];
      }
      const open = needPort();
      return open === null ? [] : [negotiate(open, real, settings, network(), remarks)];
    }
  }
}

function ping({ find, times }: CheckSettings, place: Setting['place'], remarks: Remarks): readonly CheckDraft[] {
  const changed = (text: string) => remarks.changed(place, text);
  changed(byPing);
  const count = wholeIn(find('checkcount')?.value, 1, mostPings) ?? 1;
  return [pingCheck(count, times.timeoutMs, timesOfProgram({ ...times, timeoutMs: null }, changed))];
}

function timesFor({ times, find }: CheckSettings, type: string): Times {
  const own = type === 'connect' ? undefined : find('negotiatetimeout')?.value;
  const seconds = wholeIn(own, 1, 86_400);
  return seconds === null ? times : { ...times, timeoutMs: seconds * 1000 };
}

function negotiate(
  port: number,
  real: Real,
  { find, head, at }: CheckSettings,
  times: Readonly<Record<string, unknown>>,
  remarks: Remarks,
): CheckDraft {
  const service = (find('service')?.value ?? services[at.kind === 'fwmark' ? port : at.port] ?? 'none').toLowerCase();
  const place = (find('service') ?? find('checktype') ?? head).place;
  const request = real.request ?? find('request')?.value ?? null;
  const receiveSetting = find('receive');
  const receive = expected(real.receive ?? receiveSetting?.value ?? null, (receiveSetting ?? head).place, remarks);
  const virtualhost = find('virtualhost')?.value ?? null;
  switch (service) {
    case 'http': {
      const method = (find('httpmethod')?.value ?? 'GET').toUpperCase() === 'HEAD' ? 'HEAD' : 'GET';
      const { path, host } = pathIn(request);
      const found = receive === null ? [] : [receive];
      return httpCheck(port, { method, path, host: host ?? virtualhost, status: success, receive: found }, times);
    }
    case 'simpletcp': {
      const rtsp = request === null ? null : rtspPathIn(request);
      if (rtsp !== null) {
        remarks.changed(place, `the request becomes the \`rtsp\` monitor: OPTIONS on port ${port}`);
        if (receiveSetting !== undefined) remarks.changed(receiveSetting.place, knowsItself('rtsp'));
        return rtspCheck(port, rtsp, times);
      }
      const send = request === null ? null : unescaped(request);
      return talkCheck(port, { send, expect: receive === null ? null : `/${receive}/` }, times);
    }
    case 'rtsp':
      return rtspCheck(port, '/', times);
    case 'none':
      return tcpCheck(port, times);
    default: {
      const greeting = greetingCheck(service, port, times);
      if (greeting !== null) {
        remarks.changed(
          place,
          `the check of ${service} only waits for the greeting of the server here, and does not log in`,
        );
        return greeting;
      }
      remarks.changed(place, `there is no monitor like ${shown(service)} yet: a TCP connect to port ${port} instead`);
      return tcpCheck(port, times);
    }
  }
}

/** A regular expression that JavaScript reads too. */
function expected(text: string | null, place: Setting['place'], remarks: Remarks): string | null {
  if (text === null || text === '') return null;
  if (pattern(text) !== null) return text;
  remarks.expected(place, 'a regular expression that JavaScript reads', text);
  return null;
}

function pathIn(request: string | null): { readonly path: string; readonly host: string | null } {
  const [, host = null, path = ''] = /^(?:https?:\/\/([^/\s]+))?([!-~]*)$/i.exec(request ?? '') ?? [];
  return { path: path.startsWith('/') ? path : `/${path}`, host };
}

/** Perl's escapes in double quotes, as far as a protocol has them. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([rnt])/g, (_, letter: string) => ({ r: '\r', n: '\n', t: '\t' })[letter] ?? '');
}

/** ldirectord calls it with the virtual address and port and the real ones. */
function external(real: Real, { at, find, times, head }: CheckSettings, remarks: Remarks): readonly CheckDraft[] {
  const setting = find('checkcommand');
  const place = (setting ?? head).place;
  if (setting === undefined || setting.value === '') {
    remarks.skipped(place, 'expected a program in `checkcommand`, got none');
    return [];
  }
  const changed = (text: string) => remarks.changed(place, text);
  const native = () => timesOf(times, changed);
  const program = () => timesOfProgram(times, changed);
  const port = String(real.port ?? (at.kind === 'fwmark' ? 0 : at.port));
  const called = at.kind === 'fwmark' ? [String(at.mark), '0'] : [at.address, String(at.port)];
  const split = splitCommand(setting.value);
  const known = scriptCheck(`${setting.value} ${real.address} ${port}`, real.address, { native, program }, changed);
  if (known === null || known.entry['type'] !== 'command' || !('words' in split)) return known === null ? [] : [known];
  return [commandCheck(known.name, [...split.words, ...called, '{address}', port], program())];
}
