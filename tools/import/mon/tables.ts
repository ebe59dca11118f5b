/** The virtual services that alerts of mon keep, collected line by line. */
import { type Forward, hostPort } from '../../../src/core/table.ts';
import { asName, createNames } from '../cluster/names.ts';
import type { PoolDraft } from '../cluster/pool-sections.ts';
import { type FileRemarks, shown } from '../cluster/remarks.ts';
import type { TableChange } from './alert-lines.ts';
import type { Servers } from './hosts.ts';
import type { AlertLine } from './records.ts';

export interface Tables {
  /** Servers that are to be watched because of this line. */
  take(line: AlertLine, change: TableChange): readonly string[];
  pools(): readonly PoolDraft[];
}

interface Pool {
  readonly at: TableChange['at'];
  readonly family: 4 | 6;
  readonly forward: { readonly value: Forward; readonly line: number };
  scheduler: string | null;
  readonly members: Map<string, Member>;
}

interface Member {
  readonly server: string;
  readonly line: number;
  port: number | null;
  weight: number | null;
  backup: string | null;
  /** On which turns mon touches it. */
  readonly on: Set<AlertLine['on']>;
}

export function createTables(servers: Servers, remarks: FileRemarks): Tables {
  const pools = new Map<string, Pool>();
  return { take, pools: () => [...pools.values()].map(draftOf(createNames())) };

  function take(line: AlertLine, change: TableChange): readonly string[] {
    const server = find(line, change.host, '-R');
    if (server === null) return [];
    const pool = poolFor(line, change, server);
    if (pool === null) return [];
    if (change.forward !== null && change.forward !== pool.forward.value) {
      const { value, line: first } = pool.forward;
      remarks.changed(
        line.line,
        `\`${change.forward}\` is \`${value}\` here, as in line ${first}: a pool has one way to forward`,
      );
    }
    if (change.scheduler !== null) pool.scheduler ??= change.scheduler;
    const known = pool.members.get(server);
    const member: Member = known ?? { server, line: line.line, port: null, weight: null, backup: null, on: new Set() };
    pool.members.set(server, member);
    member.on.add(line.on);
    member.weight ??= change.weight;
    member.port ??= portFor(line, change, pool);
    const backup = change.removesOnly || change.backup === null ? null : backupFor(line, change.backup, server, pool);
    if (member.backup !== null && backup !== null && member.backup !== backup) {
      remarks.changed(
        line.line,
        `\`${backup}\` does not stand in for \`${server}\`, \`${member.backup}\` already does`,
      );
    }
    member.backup ??= backup;
    return [server, ...(member.backup === null ? [] : [member.backup])];
  }

  /** null: the server does not fit, and a pool of nobody is none. */
  function poolFor({ line }: AlertLine, { at, host, forward, scheduler }: TableChange, server: string): Pool | null {
    const key = JSON.stringify(at);
    const serverFamily = familyOf(servers.addressOf(server));
    const family = at.kind === 'fwmark' ? serverFamily : familyOf(at.address);
    const known = pools.get(key);
    const pool = known ?? { at, family, forward: { value: forward ?? 'dr', line }, scheduler, members: new Map() };
    if (serverFamily !== pool.family) {
      remarks.skipped(line, `expected an IPv${pool.family} address in this virtual service, got ${shown(host)}`);
      return null;
    }
    pools.set(key, pool);
    return pool;
  }

  function portFor({ line }: AlertLine, { port }: TableChange, { at, forward }: Pool): number | null {
    const usual = at.kind === 'fwmark' ? 0 : at.port;
    if (port === null || port === usual) return null;
    if (at.kind !== 'fwmark' && forward.value === 'nat') return port;
    remarks.changed(line, `port ${port} of the real server is left out: a packet keeps its port there`);
    return null;
  }

  function backupFor(line: AlertLine, host: string, server: string, { family }: Pool): string | null {
    const backup = find(line, host, '-B');
    if (backup === server) remarks.changed(line.line, `${shown(host)} backs itself up, so there is no stand-in`);
    if (backup === null || backup === server) return null;
    if (familyOf(servers.addressOf(backup)) === family) return backup;
    remarks.changed(
      line.line,
      `expected an IPv${family} address after \`-B\`, got ${shown(host)}: there is no stand-in`,
    );
    return null;
  }

  function find({ line }: AlertLine, host: string, option: string): string | null {
    const server = servers.find(host);
    if (server !== null) return server;
    const rest = option === '-B' ? 'there is no stand-in' : 'the line is left out';
    remarks.skipped(
      line,
      `expected an IP address after \`${option}\`, got ${shown(host)}, and --hosts gives no address for it: ${rest}`,
    );
    return null;
  }

  function draftOf(names: { take(change: string): string }) {
    return ({ at, forward, scheduler, members }: Pool): PoolDraft => {
      const all = [...members.values()];
      const returning = all.filter(({ on }) => on.has('upalert'));
      for (const { line, server, on } of all) {
        if (!on.has('upalert') && returning.length > 0) {
          remarks.changed(line, `\`${server}\` has no \`upalert\` that puts it back; here it comes back by itself`);
        } else if (!on.has('upalert')) {
          remarks.changed(line, `\`${server}\` has no \`upalert\` that puts it back: \`fail_back: manual\``);
        } else if (!on.has('alert')) {
          remarks.changed(line, `\`${server}\` has no \`alert\` that takes it out; here its checks do`);
        }
      }
      return {
        name: names.take(
          at.kind === 'fwmark' ? `mark-${at.mark}` : asName(`${at.kind}-${hostPort(at.address, at.port)}`),
        ),
        at,
        scheduler,
        persistenceS: null,
        persistencePrefix: null,
        forward: forward.value,
        members: all.map(({ server, weight, port, line, backup }) => {
          const isMember = backup !== null && members.has(backup);
          if (isMember)
            remarks.changed(line, `\`${backup}\` is a member of the same pool, so it does not stand in there`);
          return { server, weight: weight ?? 1, port, backups: backup === null || isMember ? [] : [backup] };
        }),
        failsBack: returning.length > 0,
      };
    };
  }
}

function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}
