/** The findings of `realserver check` about a video server. */
import type { Finding } from '../host/finding.ts';
import { deviceSysctl } from '../host/sysctl.ts';
import { describePlace, effective, placesOf, type ServerFacts } from './facts.ts';
import { keptFiles } from './kept-files.ts';
import type { Vip } from './request.ts';
import {
  addressWords,
  arpAnnounceWhy,
  arpIgnoreWhy,
  rpFilterWhy,
  type Setup,
  silencesArp,
  wantedSysctls,
  withPrefix,
} from './setup.ts';

/** In the order of repair: an address that is added before its sysctls answers ARP for the VIP. */
export function judgeServer(setup: Setup, facts: ServerFacts): readonly Finding[] {
  return [
    ...(setup.arpDevices.length === 0 ? [] : judgeArp(facts)),
    ...judgeTunnel(setup, facts),
    ...setup.vips.map((vip) => judgeAddress(vip, setup, facts)),
  ];
}

function judgeAddress(vip: Vip, setup: Setup, { devices }: ServerFacts): Finding {
  const wanted = `${withPrefix(vip)} on ${setup.device}`;
  const why = 'packets for the VIP arrive here unchanged and are dropped unless it is an address of this machine';
  const finding = { name: `vip ${vip.address}`, wanted, why, sysctl: null };
  const places = placesOf(vip, devices);
  const outside = places.find(({ inside }) => !inside);
  if (outside !== undefined) {
    const found = `${describePlace(vip, outside)}: this looks like the director`;
    return { ...finding, state: 'bad', found, why: 'two machines with the VIP on the wire fight over it', mend: null };
  }
  const wide = places.find(({ single }) => !single);
  if (wide !== undefined) {
    const mend = `ip address del ${vip.address}/${wide.prefix} dev ${wide.device}`;
    const whole = 'on lo a prefix makes the whole network an address of this machine';
    return { ...finding, state: 'bad', found: describePlace(vip, wide), why: whole, mend };
  }
  const [place] = places;
  if (place !== undefined) return { ...finding, state: 'ok', found: describePlace(vip, place), mend: null };
  const mend = `ip address add ${addressWords(vip, setup.device).join(' ')}`;
  return { ...finding, state: 'bad', found: 'not on this machine', mend };
}

/** One row per setting, over all physical devices: one wrong device is enough. */
function judgeArp({ devices, sysctls }: ServerFacts): readonly Finding[] {
  const wired = devices.filter(({ name }) => name !== 'lo');
  const judge = (key: string, value: string, why: string, right: (value: number) => boolean): Finding => {
    const values = wired.map(({ name }) => ({ name, now: effective(sysctls, name, key) }));
    const unread = values.some(({ now }) => now === null) || values.length === 0;
    const wrong = values.filter(({ now }) => now !== null && !right(now));
    const name = deviceSysctl('all', key);
    const finding = { name: key, wanted: value, sysctl: null, why };
    if (wrong.length > 0) {
      const found = wrong
        .slice(0, 4)
        .map((one) => `${one.now} on ${one.name}`)
        .join(', ');
      // `all` cannot lower a value that is too large on one device.
      const loud = wrong.find((one) => Number(sysctls.get(deviceSysctl(one.name, key)) ?? 0) > Number(value));
      const setting = loud === undefined ? name : deviceSysctl(loud.name, key);
      return { ...finding, state: 'bad', found, mend: `sysctl -w ${setting}=${value}` };
    }
    if (unread) return { ...finding, state: 'unknown', found: 'cannot be read', mend: null };
    const found = [...new Set(values.map(({ now }) => now))].join(', ');
    return { ...finding, state: 'ok', found: `${found} on every device`, mend: null };
  };
  return [
    judge('arp_ignore', '1', arpIgnoreWhy, silencesArp),
    judge('arp_announce', '2', arpAnnounceWhy, (value) => value === 2),
  ];
}

function judgeTunnel(setup: Setup, { devices, sysctls }: ServerFacts): readonly Finding[] {
  if (setup.module === null) return [];
  const device = devices.find(({ name }) => name === setup.device);
  const upOrDown = device?.up ? 'up' : 'down';
  const link: Finding = {
    name: setup.device,
    state: device?.up ? 'ok' : 'bad',
    found: device === undefined ? 'no such device' : upOrDown,
    wanted: 'up',
    why: 'it unpacks what the director sends through the tunnel',
    mend: device?.up
      ? null
      : `${device === undefined ? `modprobe ${setup.module} && ` : ''}ip link set ${setup.device} up`,
    sysctl: null,
  };
  if (setup.device !== 'tunl0') return [link];
  const value = device === undefined ? null : effective(sysctls, 'tunl0', 'rp_filter');
  const state = value === 1 ? 'bad' : 'ok';
  const strict: Finding = {
    name: 'rp_filter of tunl0',
    state: value === null ? 'unknown' : state,
    found: value === null ? 'cannot be read' : `${value}${value === 1 ? ' (strict)' : ''}`,
    wanted: '0 or 2',
    why: rpFilterWhy,
    mend: value === 1 ? `sysctl -w ${deviceSysctl('tunl0', 'rp_filter')}=2` : null,
    sysctl: null,
  };
  return [link, strict];
}

/**
 * `setup` has all addresses of the files in it, `asked` is what would write them, in the words of the command line. A
 * setup made by hand may be kept in another way, so a missing file is only a warning.
 */
export function judgeKeeping(setup: Setup, facts: ServerFacts, asked: string): Finding {
  const { keeper, files, unitEnabled } = facts;
  const finding = {
    name: 'kept at boot',
    wanted: keeper.kind === 'none' ? 'by systemd or ifupdown' : `by ${ways[keeper.kind]}`,
    why: 'after a boot without it this server is in the pool and deaf, or answers ARP for the VIP',
    sysctl: null,
  };
  const mend = keeper.kind === 'none' ? null : `understudy realserver apply ${asked}`;
  const missing = keptFiles(setup, keeper).find(({ path, content }) => files.get(path) !== content);
  if (missing !== undefined)
    return { ...finding, state: 'warn', found: `not by us: no ${missing.path} as we would write it`, mend };
  if (keeper.kind === 'none') return { ...finding, state: 'warn', found: 'the addresses by nothing', mend };
  if (keeper.kind === 'unit' && !unitEnabled)
    return { ...finding, state: 'warn', found: 'the unit is not enabled', mend };
  const [undone] = wantedSysctls(setup).flatMap(({ name, value }) => {
    const kept = facts.kept.get(name);
    const right = kept === undefined || kept.value === value || (/arp_ignore$/.test(name) && silencesArp(+kept.value));
    return right ? [] : [{ name, ...kept }];
  });
  if (undone === undefined) return { ...finding, state: 'ok', found: `by ${ways[keeper.kind]}`, mend: null };
  const found = `${undone.file} comes later and sets ${undone.name} to ${undone.value}`;
  const line = undone.name.split('.').slice(-2).join('.');
  return { ...finding, state: 'warn', found, mend: `sed -i '/${line}/d' ${undone.file}` };
}

const ways = { networkd: 'systemd-networkd', ifupdown: 'ifupdown', unit: 'a systemd unit' } as const;
