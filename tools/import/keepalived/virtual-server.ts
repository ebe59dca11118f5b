/** A `virtual_server` block as pools: one, or as many as its group has addresses. */
import type { Forward, Protocol } from '../../../src/core/table.ts';
import type { Pool, PoolAddress, StandIn } from '../cluster/cluster.ts';
import { nameInComments } from '../cluster/names.ts';
import { noTimes, portIn } from '../cluster/numbers.ts';
import { noRemarks, type Remarks, shown } from '../cluster/remarks.ts';
import { granularityIn, nameOfService, persistenceIn, schedulerIn, weightIn } from '../cluster/service.ts';
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
    name: nameOf(at, group, index),
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

/** null: there is no equivalent here. */
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
        settings.scheduler = schedulerIn(value, place, remarks) ?? settings.scheduler;
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
      case 'persistence_timeout':
        settings.persistenceS = persistenceIn(value, persistenceS, place, remarks);
        break;
      case 'persistence_granularity':
        settings.granularity = { text: value, statement };
        break;
      case 'weight':
        settings.weight = weightIn(value, place, remarks) ?? settings.weight;
        break;
      case 'virtualhost':
        settings.host = value;
        break;
      default:
        if (withTime(noTimes, statement, noRemarks) !== null || commonStatement(statement, hasMail, remarks)) break;
        reportUnconverted(statement, remarks);
    }
  }
  return possible ? settings : null;
}

const scheduling = 'one-packet scheduling is not set';
const flag = ': flags of a scheduler are not set';
const sorry = ': the sorry server is a stand-in like any other here';

/** Why a statement is not converted; a reason that begins with `:` follows the statement. null: it is the default here. */
const reasons: Readonly<Record<string, string | null>> = {
  quorum: ': a pool of any size stays in use; `min_pooled` says how many servers stay in it although they fail',
  hysteresis: ': there is no quorum here',
  omega: 'the table stays as it is when the daemon stops',
  no_omega: null,
  ha_suspend: 'checks run whether this director has the virtual address or not',
  ops: scheduling,
  lvs_ops: scheduling,
  persistence_engine: ': persistence goes by the address of the viewer',
  sorry_server_inhibit: sorry,
  sorry_server_lvs_method: sorry,
  ...Object.fromEntries(
    ['hashed', 'sh-port', 'sh-fallback', 'mh-port', 'mh-fallback', 'flag-1', 'flag-2', 'flag-3'].map((name) => [
      name,
      flag,
    ]),
  ),
};

function reportUnconverted({ words, place }: Statement, remarks: Remarks): void {
  const text = words.join(' ');
  const [keyword = '', value] = words;
  const why = Object.hasOwn(reasons, keyword) ? reasons[keyword] : undefined;
  if (why === null || (keyword === 'quorum' && value === '1')) return;
  if (why !== undefined) remarks.skipped(place, why.startsWith(':') ? `${shown(text)}${why}` : why);
  else if (keyword.startsWith('@')) {
    const condition = 'a line with a condition is not understood; write the file as it is on this host';
    remarks.skipped(place, `${shown(text)}: ${condition}`);
  } else remarks.unknown(place, text, 'virtual_server');
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
  const useless = '`persistence_granularity` without a `persistence_timeout` means nothing';
  const { text, statement } = granularity;
  return granularityIn(text, at, persistenceS === null ? useless : null, statement.place, remarks);
}

/** The services of a group have its name and a number. */
function nameOf(at: PoolAddress, group: string | null, index: number): string {
  if (group === null) return nameOfService(at);
  return index === 0 ? group : `${group}-${index + 1}`;
}
