import { isIPv4, SocketAddress } from 'node:net';
import type { Disk, Facts, Link } from '../facts.ts';
import type { Wish } from '../source.ts';
import type { SnmpAgent } from './ask.ts';
import { host, links, ucd } from './objects.ts';
import { numberIn, type SnmpValues, textIn } from './values.ts';

/** Reads a measure from an agent, by net-snmp's own objects or by the standard ones. */
export async function askFor({ what }: Wish, agent: SnmpAgent, address: string): Promise<Facts> {
  switch (what) {
    case 'cpu':
    case 'load':
      return cpuFacts(agent);
    case 'memory':
      return memoryFacts(agent);
    case 'disk':
      return { disks: await disksOf(agent) };
    case 'bandwidth':
      return bandwidthFacts(agent, address);
    default:
      return what satisfies never;
  }
}

async function cpuFacts(agent: SnmpAgent): Promise<Facts> {
  const busyTicks = [
    ucd.cpuRawUser,
    ucd.cpuRawNice,
    ucd.cpuRawSystem,
    ucd.cpuRawInterrupt,
    ucd.cpuRawSoftIrq,
    ucd.cpuRawSteal,
  ];
  const idleTicks = [ucd.cpuRawIdle, ucd.cpuRawWait];
  const values = await agent.get([...ucd.loadsInt, ucd.cpuNumCpus, ...busyTicks, ...idleTicks]);
  const [load1, load5, load15] = ucd.loadsInt.map((oid) => numberIn(values, oid));
  const sum = (oids: readonly string[]): number => oids.reduce((all, oid) => all + (numberIn(values, oid) ?? 0), 0);
  const busyS = sum(busyTicks) / 100;
  const totalS = busyS + sum(idleTicks) / 100;
  const loads =
    load1 === undefined || load5 === undefined || load15 === undefined
      ? {}
      : { loads: { load1: load1 / 100, load5: load5 / 100, load15: load15 / 100 } };
  const cpus = numberIn(values, ucd.cpuNumCpus);
  // They are 0 for the first seconds after snmpd has started.
  if (cpus !== undefined && cpus > 0 && totalS > 0) return { ...loads, cpus, cpuTime: { busyS, totalS } };

  const each = [...(await agent.column(host.processorLoad)).values()].filter((value) => typeof value === 'number');
  const count = cpus ?? each.length;
  if (each.length === 0) return { ...loads, ...(count > 0 && { cpus: count }) };
  return { ...loads, cpus: count, busy: each.reduce((all, one) => all + one, 0) / each.length };
}

async function memoryFacts(agent: SnmpAgent): Promise<Facts> {
  const values = await agent.get([ucd.memTotalReal, ucd.memSysAvail, ucd.memAvailReal, ucd.memBuffer, ucd.memCached]);
  const total = numberIn(values, ucd.memTotalReal);
  const free = numberIn(values, ucd.memAvailReal);
  if (total !== undefined && total > 0 && free !== undefined) {
    const reusable = (numberIn(values, ucd.memBuffer) ?? 0) + (numberIn(values, ucd.memCached) ?? 0);
    const available = Math.min(total, numberIn(values, ucd.memSysAvail) ?? free + reusable);
    return { memory: (100 * (total - available)) / total };
  }
  const types = await agent.column(host.storageType);
  const row = [...types].find(([, type]) => withoutDot(type) === host.storageRam)?.[0];
  if (row === undefined) return {};
  const storage = await agent.get([`${host.storageSize}.${row}`, `${host.storageUsed}.${row}`]);
  const share = shareOf(
    numberIn(storage, `${host.storageSize}.${row}`),
    numberIn(storage, `${host.storageUsed}.${row}`),
  );
  return share === null ? {} : { memory: share };
}

async function disksOf(agent: SnmpAgent): Promise<readonly Disk[]> {
  const [paths, sizes, used] = await Promise.all([
    agent.column(host.storageDescr),
    agent.column(host.storageSize),
    agent.column(host.storageUsed),
  ]);
  return [...paths.keys()].flatMap((row) => {
    const path = textIn(paths, row);
    const share = shareOf(numberIn(sizes, row), numberIn(used, row));
    return path === undefined || share === null ? [] : [{ path, used: share }];
  });
}

/** For 2^31 units and more, agents report a negative number: the object is a signed 32-bit value. */
function shareOf(size: number | undefined, used: number | undefined): number | null {
  if (size === undefined || used === undefined || size === 0) return null;
  const unsigned = (value: number): number => (value < 0 ? value + 2 ** 32 : value);
  return Math.min(100, (100 * unsigned(used)) / unsigned(size));
}

async function bandwidthFacts(agent: SnmpAgent, address: string): Promise<Facts> {
  const [up, own, names, descrs, types, states, speeds, received, sent] = await Promise.all([
    agent.get([host.systemUptime]),
    indexOf(agent, address),
    ...[links.name, links.descr, links.type, links.operStatus, links.highSpeed].map((oid) => agent.column(oid)),
    agent.column(links.hcInOctets),
    agent.column(links.hcOutOctets),
  ]);
  const isLong = received !== undefined && received.size > 0;
  const [inOctets, outOctets] = isLong
    ? [received, sent]
    : await Promise.all([agent.column(links.inOctets), agent.column(links.outOctets)]);
  const upTicks = numberIn(up, host.systemUptime);
  return {
    ...(upTicks !== undefined && { upS: upTicks / 100 }),
    links: [...(inOctets ?? new Map()).keys()].flatMap((row) =>
      linkAt(row, { names, descrs, types, states, speeds, inOctets, outOctets }, own === row, isLong),
    ),
  };
}

type Columns = Readonly<
  Record<'names' | 'descrs' | 'types' | 'states' | 'speeds' | 'inOctets' | 'outOctets', SnmpValues | undefined>
>;

const none: SnmpValues = new Map();
/** softwareLoopback of IANAifType, and `up` of ifOperStatus. */
const loopback = 24;
const isUp = 1;

function linkAt(row: string, columns: Columns, isChosen: boolean, isLong: boolean): readonly Link[] {
  const { names = none, descrs = none, types = none, states = none, speeds = none } = columns;
  const { inOctets = none, outOctets = none } = columns;
  const [received, sent] = [numberIn(inOctets, row), numberIn(outOctets, row)];
  if (received === undefined || sent === undefined) return [];
  const speed = numberIn(speeds, row) ?? 0;
  return [
    {
      name: textIn(names, row) ?? textIn(descrs, row) ?? row,
      received,
      sent,
      isChosen,
      isIdle: numberIn(types, row) === loopback || (numberIn(states, row) ?? isUp) !== isUp,
      ...(speed > 0 && { speed }),
      ...(!isLong && { wrapsAt: 2 ** 32 }),
    },
  ];
}

/** The row of the interface with the server's configured address; null: none, or not reported. */
async function indexOf(agent: SnmpAgent, address: string): Promise<string | null> {
  const oid = isIPv4(address) ? `${links.ofAddress4}.${address}` : `${links.ofAddress6}.${octets(address).join('.')}`;
  const row = numberIn(await agent.get([oid]), oid);
  return row === undefined ? null : String(row);
}

/** The sixteen octets of an IPv6 address. */
function octets(address: string): readonly number[] {
  const text = new SocketAddress({ address: address.replace(/%.*$/, ''), family: 'ipv6' }).address;
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const hex = (high: string | undefined, low: string | undefined): string =>
    ((Number(high) << 8) | Number(low)).toString(16);
  const plain = dotted === null ? text : `${dotted[1]}${hex(dotted[2], dotted[3])}:${hex(dotted[4], dotted[5])}`;
  const [head = '', tail] = plain.split('::');
  const groups = (part: string): readonly string[] => (part === '' ? [] : part.split(':'));
  const [front, back] = [groups(head), groups(tail ?? '')];
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - front.length - back.length }, () => '0');
  return [...front, ...zeros, ...back].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}

function withoutDot(value: string | number): string {
  return String(value).replace(/^\./, '');
}
