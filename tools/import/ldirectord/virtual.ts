/** A `virtual` with its settings as a pool. */
import { parseEndpoint, parseMark } from '../../../src/config/addresses.ts';
import type { Forward } from '../../../src/core/table.ts';
import type { Member, Pool, PoolAddress, StandIn } from '../cluster/cluster.ts';
import { nameInComments } from '../cluster/names.ts';
import { prefixIn, secondsIn, type Times, wholeIn } from '../cluster/numbers.ts';
import { type Remarks, shown } from '../cluster/remarks.ts';
import { granularityIn, nameOfService, persistenceIn, schedulerIn } from '../cluster/service.ts';
import { type CheckSettings, checksOf } from './checks.ts';
import type { Setting, Virtual } from './lines.ts';
import { mailKeys } from './mail.ts';
import { portOf, realsOf } from './reals.ts';

/** ldirectord's own, where `persistent` has no number. */
const persistenceS = 600;

/** Settings that may stand in front of all virtual services as well. */
export const shared = new Set([
  ...['checktimeout', 'negotiatetimeout', 'checkinterval', 'failurecount', 'checkcount', 'quiescent', 'readdquiescent'],
  ...['fallback', 'fallbackcommand', 'cleanstop', 'maintenancedir', 'monitorfile', ...mailKeys],
]);

/** Read where they are needed. */
const read = new Set([
  ...['real', 'scheduler', 'persistent', 'netmask', 'protocol', 'service', 'request', 'receive', 'virtualhost'],
  ...['checktype', 'checkport', 'checkcommand', 'httpmethod', 'comment', 'failurecount', 'fallback'],
  ...['checktimeout', 'negotiatetimeout', 'checkinterval', ...mailKeys],
]);

/** null: there is no equivalent here, and a remark says why. */
export function poolOf(virtual: Virtual, globals: readonly Setting[], remarks: Remarks): Pool | null {
  const { head, settings } = virtual;
  const own = (key: string) => settings.findLast((setting) => setting.key === key);
  const find = (key: string) =>
    own(key) ?? (shared.has(key) ? globals.findLast((setting) => setting.key === key) : undefined);
  const counts = isPinged(virtual);
  for (const setting of settings) {
    if (!read.has(setting.key) && !(counts && setting.key === 'checkcount')) reportUnconverted(setting, remarks);
  }

  const at = addressOf(head, own('protocol'), remarks);
  if (at === null) return null;
  const off = find('checktype');
  if (off?.value === 'off') {
    remarks.skipped(off.place, 'checktype off: ldirectord never adds a real server to this pool, so it is left out');
    return null;
  }
  const scheduler = own('scheduler');
  const checkport = own('checkport');
  const settingsOfChecks: CheckSettings = {
    at,
    find,
    checkport: checkport === undefined ? null : portOf(checkport.value),
    times: timesOf(find, remarks),
    head,
  };
  if (checkport !== undefined && settingsOfChecks.checkport === null) {
    remarks.expected(checkport.place, 'a port from 1 to 65535', checkport.value);
  }
  const { members, forward } = membersOf(settings, settingsOfChecks, remarks);
  const fallback = find('fallback');
  const persistent = own('persistent');
  return {
    name: nameOf(at, own('comment')),
    at,
    scheduler: scheduler === undefined ? null : schedulerIn(scheduler.value, scheduler.place, remarks),
    persistenceS:
      persistent === undefined ? null : persistenceIn(persistent.value, persistenceS, persistent.place, remarks),
    persistencePrefix: prefixOf(at, own('netmask'), persistent, remarks),
    forward,
    members,
    standIns: fallback === undefined ? [] : standInsOf(fallback, remarks),
    comments: head.comments,
    place: head.place,
  };
}

/** With `checkcount` requests. */
export function isPinged({ settings }: Virtual): boolean {
  return settings.some(({ key, value }) => key === 'checktype' && value === 'ping');
}

function addressOf(head: Setting, protocol: Setting | undefined, remarks: Remarks): PoolAddress | null {
  const { value, place } = head;
  const isMark = /^(\d+|0x[0-9a-f]+)$/i.test(value);
  const stated = protocol?.value.toLowerCase() ?? (isMark ? 'fwm' : 'tcp');
  if (isMark) {
    const mark = parseMark(value);
    if (!('ok' in mark)) {
      remarks.skipped(place, `virtual: expected ${mark.expected}, got ${shown(value)}`);
      return null;
    }
    if (stated !== 'fwm') remarks.changed(place, `\`${value}\` is a mark, though the protocol is ${shown(stated)}`);
    return { kind: 'fwmark', mark: mark.ok, family: null };
  }
  if (stated !== 'tcp' && stated !== 'udp') {
    remarks.expected(protocol?.place ?? place, 'tcp, udp or fwm with a mark', stated);
    return null;
  }
  const named = value.replace(/:([a-z][\w-]*)$/i, (whole, name: string) =>
    portOf(name) === null ? whole : `:${portOf(name)}`,
  );
  const parsed = parseEndpoint(named, true);
  if ('ok' in parsed && parsed.ok.port !== null)
    return { kind: stated, address: parsed.ok.address, port: parsed.ok.port };
  remarks.skipped(
    place,
    `virtual: expected ${'ok' in parsed ? '`address:port`' : parsed.expected}, got ${shown(value)}`,
  );
  return null;
}

function timesOf(find: CheckSettings['find'], remarks: Remarks): Times {
  const ms = (key: string) => {
    const setting = find(key);
    if (setting === undefined) return null;
    const value = secondsIn(setting.value);
    if (value === null || value === 0) remarks.expected(setting.place, 'seconds', setting.value);
    return value === 0 ? null : value;
  };
  const failures = find('failurecount');
  const fall = wholeIn(failures?.value, 1, 100);
  if (failures !== undefined && fall === null) {
    remarks.expected(failures.place, 'a count from 1 to 100', failures.value);
  }
  return { intervalMs: ms('checkinterval'), timeoutMs: ms('checktimeout'), retryIntervalMs: null, fall, rise: null };
}

function membersOf(
  settings: readonly Setting[],
  checks: CheckSettings,
  remarks: Remarks,
): { readonly members: readonly Member[]; readonly forward: Forward } {
  const members: Member[] = [];
  let forward: Forward | null = null;
  for (const setting of settings.filter(({ key }) => key === 'real')) {
    const { place, comments } = setting;
    for (const real of realsOf(setting, remarks)) {
      if (real.forward === null) remarks.changed(place, `no gate, masq or ipip: \`forward: ${forward ?? 'dr'}\``);
      else if (forward !== null && real.forward !== forward) {
        remarks.changed(place, `a virtual service has one way of forwarding, that of its first server: \`${forward}\``);
      }
      forward ??= real.forward;
      if (real.weight === 0) {
        const advice = 'pool it with a weight, then `understudy drain` it';
        remarks.changed(place, `weight 0: \`${real.address}\` is not made a member; ${advice}`);
        continue;
      }
      const name = nameInComments(comments);
      members.push({
        name,
        address: real.address,
        port: real.port,
        weight: real.weight,
        checks: checksOf(real, checks, remarks),
        comments: comments.filter((comment) => comment !== name),
        place,
      });
    }
  }
  return { members, forward: forward ?? 'dr' };
}

function standInsOf(fallback: Setting, remarks: Remarks): readonly StandIn[] {
  return realsOf(fallback, remarks).map(({ address, port }) => {
    const text = 'stands in for each server that fails, not only when all have failed, and is checked as they are';
    remarks.changed(fallback.place, `fallback \`${address}\`: it ${text}`);
    return { name: null, address, port, checks: null, comments: fallback.comments, place: fallback.place };
  });
}

function prefixOf(
  at: PoolAddress,
  netmask: Setting | undefined,
  persistent: Setting | undefined,
  remarks: Remarks,
): number | null {
  if (netmask === undefined) return null;
  const isWhole = prefixIn(netmask.value) === (at.kind !== 'fwmark' && at.address.includes(':') ? 128 : 32);
  const useless = persistent === undefined && !isWhole ? '`netmask` without `persistent` means nothing' : null;
  return granularityIn(netmask.value, at, useless, netmask.place, remarks);
}

function nameOf(at: PoolAddress, comment: Setting | undefined): string {
  return comment !== undefined && /[A-Za-z]/.test(comment.value) ? comment.value : nameOfService(at);
}

const reasons: Readonly<Record<string, string>> = {
  autoreload: '`understudy reload` or SIGHUP loads a new configuration',
  callback: 'no program is run when the file changes',
  checkcount: 'it counts pings, and nothing is pinged',
  cleanstop: 'the table stays as it is when the daemon stops',
  execute: 'no other program is started',
  fallbackcommand: 'no program is run when the fallback steps in',
  fork: 'checks run concurrently',
  logfile: 'the log goes to standard output, which systemd keeps',
  maintenancedir: '`understudy drain` and `understudy disable` take a server out manually',
  monitorfile: '`understudy status` shows which servers are up and down',
  ops: 'one-packet scheduling is not set',
  readdquiescent: 'a server that is ok again gets its weight back',
  supervised: 'the daemon stays in the foreground',
};

/** `passwd` and its like are not repeated: a remark is no place for a secret. */
export function reportUnconverted({ key, value, place }: Setting, remarks: Remarks): void {
  if (key === 'quiescent') {
    if (!/^yes$/i.test(value)) return;
    const why =
      'a failing server is taken out of the table here, not kept with weight 0; `understudy drain` does that manually';
    remarks.changed(place, `quiescent: ${why}`);
    return;
  }
  if (key === 'cleanstop' && /^no$/i.test(value)) return;
  const isSecret = /^(login|passwd|secret|database)$/.test(key);
  const text = isSecret ? `\`${key}\`` : shown(`${key}=${value}`);
  const why = reasons[key] ?? (isSecret ? 'no check logs in' : 'there is no equivalent here');
  remarks.skipped(place, `${text}: ${why}`);
}
