/** A `virtual_server` block as pools: one, or as many as its group has addresses. */
import { schedulers } from '../../../src/config/service-schema.ts';
import type { Forward, Protocol } from '../../../src/core/table.ts';
import type { Pool, PoolAddress, StandIn } from '../cluster/cluster.ts';
import { nameInComments, nameOfAddress } from '../cluster/names.ts';
import { noTimes, portIn, prefixIn, wholeIn } from '../cluster/numbers.ts';
import { noRemarks, type Remarks, shown } from '../cluster/remarks.ts';
import { addressesOf } from './address.ts';
import { commonStatement, memberOf } from './real-server.ts';
import type { Statement } from './statements.ts';
import { timesIn, withTime } from './times.ts';

const forwards: Readonly<Record<string, Forward>> = { DR: 'dr', NAT: 'nat', TUN: 'tun' };

/** A bare `persistence_timeout` (keepalived.conf(5)). */
const persistenceS = 360;

interface Settings {
  protocol: Protocol;
  family: 4 | 6 | null;
  scheduler: string | null;
  method: string | null;
  persistenceS: number | null;
  granularity: { readonly text: string; readonly statement: Statement } | null;
  weight: number;
  host: string | null;
}

export interface Surroundings {
  readonly groups: ReadonlyMap<string, Statement>;
  readonly hasMail: boolean;
}

export function poolsOf(server: Statement, { groups, hasMail }: Surroundings, remarks: Remarks): readonly Pool[] {
  const { place, comments } = server;
  const block = server.block ?? [];
  const settings = settingsOf(server, hasMail, remarks);
  if (settings === null) return [];
  const { addresses, group } = addressesOf(server, settings.protocol, settings.family, groups, remarks);
  const times = timesIn(block, noTimes, remarks);
  if (settings.method === null) {
    remarks.changed(place, 'no `lb_kind`: `forward: nat`, as keepalived has it');
  }
  const above = { ...settings, times, hasMail };
  const members = block
    .filter(({ words }) => words[0] === 'real_server')
    .flatMap((statement) => memberOf(statement, above, remarks) ?? []);
  const standIns = block.flatMap((statement) =>
    statement.words[0] === 'sorry_server' ? standInOf(statement, remarks) : [],
  );
  return addresses.map((at, index) => ({
    name: group === null ? nameOf(at) : index === 0 ? group : `${group}-${index + 1}`,
    at,
    scheduler: settings.scheduler,
    persistenceS: settings.persistenceS,
    persistencePrefix: prefixOf(at, settings, remarks),
    forward: forwards[settings.method ?? ''] ?? 'nat',
    members,
    standIns,
    comments,
    place,
  }));
}

/** null: there is nothing like it here. */
function settingsOf({ block, words: head }: Statement, hasMail: boolean, remarks: Remarks): Settings | null {
  const settings: Settings = {
    protocol: 'tcp',
    family: null,
    scheduler: null,
    method: null,
    persistenceS: null,
    granularity: null,
    weight: 1,
    host: null,
  };
  let possible = true;
  for (const statement of block ?? []) {
    const { words, place } = statement;
    const [keyword = '', value = ''] = words;
    const skip = (text: string) => remarks.skipped(place, text);
    switch (keyword) {
      case 'real_server':
      case 'sorry_server':
        break;
      case 'lb_algo':
      case 'lvs_sched':
        if (schedulers.some((name) => name === value)) settings.scheduler = value;
        else skip(`unknown scheduler ${shown(value)}, expected one of ${schedulers.join(' ')}; wlc is the default`);
        break;
      case 'lb_kind':
      case 'lvs_method':
        if (forwards[value.toUpperCase()] === undefined) skip(`expected NAT, DR or TUN, got ${shown(value)}`);
        else settings.method = value.toUpperCase();
        if (words.length > 2) skip(`${shown(words.slice(2).join(' '))}: a tunnel is plain IP in IP here`);
        break;
      case 'protocol':
        if (/^(tcp|udp)$/i.test(value)) settings.protocol = value.toLowerCase() === 'udp' ? 'udp' : 'tcp';
        else if (head[1] !== 'fwmark') {
          skip(`protocol ${shown(value)}: a virtual service is for TCP or UDP`);
          possible = false;
        }
        break;
      case 'ip_family':
        if (/^inet6?$/.test(value)) settings.family = value === 'inet6' ? 6 : 4;
        else skip(`expected inet or inet6, got ${shown(value)}`);
        break;
      case 'persistence_timeout': {
        const seconds = value === '' ? persistenceS : wholeIn(value, 0, 0x7fff_ffff);
        if (seconds === null) skip(`expected seconds, got ${shown(value)}`);
        else settings.persistenceS = seconds === 0 ? null : seconds;
        break;
      }
      case 'persistence_granularity':
        settings.granularity = { text: value, statement };
        break;
      case 'weight': {
        const weight = wholeIn(value, 0, 65_535);
        if (weight === null) skip(`expected a weight from 0 to 65535, got ${shown(value)}`);
        else settings.weight = weight;
        break;
      }
      case 'virtualhost':
        settings.host = value;
        break;
      default:
        if (withTime(noTimes, statement, noRemarks) !== null || commonStatement(statement, hasMail, remarks)) break;
        sayWhyNot(statement, remarks);
    }
  }
  return possible ? settings : null;
}

function sayWhyNot({ words, place }: Statement, remarks: Remarks): void {
  const text = shown(words.join(' '));
  const [keyword = '', value] = words;
  switch (keyword) {
    case 'quorum':
      if (value === '1') return;
      remarks.skipped(
        place,
        `${text}: a pool is never given up for being small; \`min_pooled\` says how many stay, failing or not`,
      );
      return;
    case 'hysteresis':
      remarks.skipped(place, `${text}: there is no quorum here`);
      return;
    case 'omega':
      remarks.skipped(place, 'the table stays as it is when the daemon stops');
      return;
    case 'no_omega':
      return;
    case 'ha_suspend':
      remarks.skipped(place, 'checks run whether this director has the virtual address or not');
      return;
    case 'ops':
    case 'lvs_ops':
      remarks.skipped(place, 'one-packet scheduling is not set');
      return;
    case 'persistence_engine':
      remarks.skipped(place, `${text}: persistence goes by the address of the viewer`);
      return;
    case 'sorry_server_inhibit':
    case 'sorry_server_lvs_method':
      remarks.skipped(place, `${text}: the sorry server is a stand-in like any other here`);
      return;
    case 'hashed':
    case 'sh-port':
    case 'sh-fallback':
    case 'mh-port':
    case 'mh-fallback':
    case 'flag-1':
    case 'flag-2':
    case 'flag-3':
      remarks.skipped(place, `${text}: flags of a scheduler are not set`);
      return;
    default: {
      const condition = 'a line with a condition is not understood; write the file as it is on this host';
      remarks.skipped(
        place,
        `${text}${keyword.startsWith('@') ? `: ${condition}` : ' is not understood in virtual_server'}`,
      );
    }
  }
}

/** All of the pool fail, and it alone is left: here it stands in for each that fails. */
function standInOf({ words, place, comments }: Statement, remarks: Remarks): readonly StandIn[] {
  const [, address, port] = words;
  if (address === undefined) {
    remarks.skipped(place, 'expected `sorry_server ADDRESS PORT`, got no address');
    return [];
  }
  const text = 'stands in for each server that fails, not only when all have failed, and is checked as they are';
  remarks.changed(place, `sorry server ${shown(address)}: it ${text}`);
  const name = nameInComments(comments);
  const others = comments.filter((comment) => comment !== name);
  return [{ name, address, port: portIn(port), checks: null, comments: others, place }];
}

function prefixOf(at: PoolAddress, { granularity, persistenceS }: Settings, remarks: Remarks): number | null {
  if (granularity === null) return null;
  const { text, statement } = granularity;
  const isIpv6 = at.kind === 'fwmark' ? at.family === 6 : at.address.includes(':');
  const prefix = prefixIn(text);
  const longest = isIpv6 ? 128 : 32;
  if (prefix === null || prefix > longest) {
    remarks.skipped(statement.place, `expected a netmask or a prefix length up to ${longest}, got ${shown(text)}`);
    return null;
  }
  if (persistenceS === null) {
    remarks.skipped(statement.place, '`persistence_granularity` without a `persistence_timeout` means nothing');
  }
  return prefix === longest ? null : prefix;
}

/** `fwmark-1`, `10.10.3.30-554`, `10.10.3.30-554-udp`. */
function nameOf(at: PoolAddress): string {
  if (at.kind === 'fwmark') return `fwmark-${at.mark}`;
  return `${nameOfAddress(at.address)}-${at.port}${at.kind === 'udp' ? '-udp' : ''}`;
}
