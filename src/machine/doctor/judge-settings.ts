/** Judges the settings of IPVS, under net.ipv4.vs. */
import type { Finding, FindingState } from '../host/finding.ts';
import { type Facts, isPresent } from './facts.ts';
import { forwardsBy, type Needs } from './needs.ts';

interface Rule {
  readonly key: string;
  readonly value: string;
  readonly why: string;
  /** The kernel's default differs: without a file the value is lost at boot. */
  readonly keep: boolean;
  /** null: this value is fine here. */
  readonly state: (found: string) => FindingState | null;
  /** Needs a person's decision: the site may want this value. */
  readonly byHand?: boolean;
}

export function judgeSettings(facts: Facts, needs: Needs): readonly Finding[] {
  if (!isPresent(facts.ipvs)) return [unread];
  return rules(facts, needs).flatMap((rule) => judgeSetting(rule, facts));
}

const unread: Finding = {
  name: 'settings of IPVS',
  state: 'unknown',
  found: 'not there while ip_vs is not loaded',
  wanted: 'vs.expire_nodest_conn 1 and others',
  why: 'they come with the module, and with it they have the values of the kernel, which let viewers hang on dead servers',
  mend: 'modprobe ip_vs && understudy doctor',
  sysctl: null,
};

function rules(facts: Facts, needs: Needs): readonly Rule[] {
  const persistent = needs.services.some(({ persistenceS }) => persistenceS !== null);
  const quiescent = persistent ? 'bad' : 'warn';
  const nat = forwardsBy(needs, 'nat').length > 0;
  const hashed = needs.services.some(({ scheduler }) => scheduler === 'mh');
  const tracked = facts.sysctls.get('net.ipv4.vs.conntrack') === '1';
  const slowReuse = tracked && isBefore(facts.kernel, 5, 9);
  const rows: Rule[] = [
    {
      key: 'expire_nodest_conn',
      value: '1',
      keep: true,
      why: 'with 0, packets of viewers whose server was removed vanish for up to 15 minutes; with 1 they end at once and players reconnect',
      state: (found) => (found === '1' ? null : 'bad'),
    },
    {
      key: 'expire_quiescent_template',
      value: '1',
      keep: true,
      why: 'with 0, persistence sends a viewer back to a server of weight 0, again and again',
      state: (found) => (found === '1' ? null : quiescent),
    },
    {
      key: 'conn_reuse_mode',
      value: '1',
      keep: false,
      why: slowReuse
        ? 'before Linux 5.9, 1 together with vs.conntrack costs a second for each reused client port: turn vs.conntrack off'
        : 'with 0, a client port that is used again stays on its old server, though that is drained or gone',
      state: (found) => (found === '1' && !slowReuse ? null : 'warn'),
    },
    {
      key: 'sloppy_tcp',
      value: '0',
      keep: false,
      byHand: true,
      why: 'with 1, the middle of a connection is sent to a server that does not know it and resets it; only hashing without synchronisation wants that',
      state: (found) => (found === '0' || hashed ? null : 'warn'),
    },
    {
      key: 'conntrack',
      value: '0',
      keep: false,
      byHand: true,
      why: 'each media packet is looked up twice, and a stale entry keeps a first packet from being scheduled; only nat with a stateful firewall needs it',
      state: (found) => (found === '0' || nat ? null : 'warn'),
    },
    {
      key: 'run_estimation',
      value: '1',
      keep: false,
      why: 'with 0, every rate (`ipvsadm -L --rate`) is zero',
      state: (found) => (found === '1' ? null : 'warn'),
    },
  ];
  if (facts.ipvs.syncs)
    rows.push({
      key: 'sync_refresh_period',
      value: '10',
      keep: true,
      why: 'without it a message goes to the other director every 50 packets of each flow: ten a second for one RTP stream',
      state: (found) => (Number(found) >= 1 ? null : 'warn'),
    });
  if (isBackupServer(facts, needs))
    rows.push({
      key: 'backup_only',
      value: '1',
      keep: true,
      why: 'this director is a real server too: as standby it would send on what the other one sent here, in a circle',
      state: (found) => (found === '1' ? null : 'bad'),
    });
  return rows;
}

function judgeSetting(rule: Rule, facts: Facts): readonly Finding[] {
  const name = `net.ipv4.vs.${rule.key}`;
  const found = facts.sysctls.get(name) ?? null;
  const finding = { name: `vs.${rule.key}`, wanted: rule.value, why: rule.why };
  // Some settings came with a later kernel, and some are hidden from a container.
  if (found === null) return [];
  const state = rule.state(found);
  if (state !== null && found === rule.value)
    return [{ ...finding, state, found, mend: 'sysctl -w net.ipv4.vs.conntrack=0', sysctl: null }];
  if (state !== null) {
    const sysctl = rule.byHand ? null : { name, value: rule.value };
    return [{ ...finding, state, found, mend: `sysctl -w ${name}=${rule.value}`, sysctl }];
  }
  const sysctl = rule.byHand ? null : { name, value: found };
  const kept = facts.kept.get(name);
  if (kept !== undefined && kept.value !== found) {
    const lost = `${found}, but ${kept.file} sets ${kept.value}`;
    return [{ ...finding, state: 'warn', found: lost, mend: `sed -i '/${rule.key}/d' ${kept.file}`, sysctl }];
  }
  if (kept !== undefined || !rule.keep) return [{ ...finding, state: 'ok', found, mend: null, sysctl }];
  const lost = `${found}, until the next boot`;
  return [{ ...finding, state: 'warn', found: lost, mend: `echo '${name} = ${found}' >> ${keepFile}`, sysctl }];
}

export const keepFile = '/etc/sysctl.d/60-understudy.conf';

function isBackupServer({ vrrp, devices }: Facts, needs: Needs): boolean {
  const own = new Set((devices ?? []).flatMap(({ addresses }) => addresses.map(({ address }) => address)));
  return vrrp && forwardsBy(needs, 'dr').some((address) => own.has(address));
}

function isBefore(kernel: string | null, major: number, minor: number): boolean {
  const match = /^(\d+)\.(\d+)/.exec(kernel ?? '');
  if (match === null) return false;
  const [one, two] = [Number(match[1]), Number(match[2])];
  return one < major || (one === major && two < minor);
}
