/** Judges whether the video programs receive what is sent to the VIP. */
import type { Finding } from '../host/finding.ts';
import type { Listener } from './listeners.ts';
import type { Vip, WantedPort } from './request.ts';

/** RTSP, RTMP, HLS and HTTP, WCS, MMS; with the usual alternatives. A program on one of these ports that does not listen on the VIP is a fault. */
const videoPorts: ReadonlySet<number> = new Set([80, 443, 554, 1755, 1935, 8080, 8081, 8443, 8554]);

const why =
  'the director sends packets that are still addressed to the VIP; a program bound to another address never gets them';

export function judgePorts(
  vips: readonly Vip[],
  wanted: readonly WantedPort[],
  listeners: readonly Listener[] | null,
): readonly Finding[] {
  if (listeners === null) return [unread];
  return vips.flatMap((vip) => [
    ...wanted.map((port) => judgeWanted(vip, port, listeners)),
    ...judgeOthers(vip, wanted, listeners),
  ]);
}

const unread: Finding = {
  name: 'ports',
  state: 'unknown',
  found: '/proc/net/tcp cannot be read',
  wanted: 'the video ports listen on the VIP',
  why,
  mend: null,
  sysctl: null,
};

function judgeWanted(vip: Vip, { port, protocol }: WantedPort, listeners: readonly Listener[]): Finding {
  const there = listeners.filter((one) => one.port === port && (protocol === null || one.protocol === protocol));
  const hearing = there.find((one) => hears(one, vip));
  const name = `${protocol === null ? 'port' : protocol} ${port}`;
  const wanted = `listens on ${vip.address}`;
  if (hearing !== undefined) {
    const found = `${hearing.protocol} listens on ${shown(hearing.address)}`;
    return { name, state: 'ok', found, wanted, why, mend: null, sysctl: null };
  }
  const found = there.length === 0 ? 'nobody listens' : deafness(there);
  return { name, state: 'bad', found, wanted, why: `${why}: ${rebind(vip)}`, mend: null, sysctl: null };
}

function judgeOthers(vip: Vip, wanted: readonly WantedPort[], listeners: readonly Listener[]): readonly Finding[] {
  const tcp = listeners.filter(({ protocol, port }) => protocol === 'tcp' && !wanted.some((one) => one.port === port));
  const deaf = [...new Set(tcp.map(({ port }) => port))]
    .sort((one, other) => one - other)
    .map((port) => ({ port, there: tcp.filter((one) => one.port === port) }))
    // A listener on loopback only serves this machine.
    .filter(({ there }) => there.some(({ address }) => !isLoopback(address)) && !there.some((one) => hears(one, vip)));
  const video = deaf.filter(({ port }) => videoPorts.has(port));
  const rest = deaf.filter(({ port }) => !videoPorts.has(port));
  const wantedThere = `listens on ${vip.address}`;
  const findings = video.map(
    ({ port, there }): Finding => ({
      name: `tcp ${port}`,
      state: 'bad',
      found: deafness(there),
      wanted: wantedThere,
      why: `${why}: ${rebind(vip)}`,
      mend: null,
      sysctl: null,
    }),
  );
  if (rest.length === 0) return findings;
  const ports = rest.slice(0, 12).map(({ port }) => port);
  return [
    ...findings,
    {
      name: 'other ports',
      state: 'warn',
      found: `deaf on the VIP: tcp ${ports.join(', ')}${rest.length > 12 ? ' and more' : ''}`,
      wanted: `${wantedThere}, those for viewers`,
      why: `${why}; those for viewers can be named with --port`,
      mend: null,
      sysctl: null,
    },
  ];
}

function hears({ address, v6only }: Listener, vip: Vip): boolean {
  if (address === vip.address || (address === '::' && vip.family === 6)) return true;
  return vip.family === 4 && (address === '0.0.0.0' || (address === '::' && !v6only));
}

function deafness(there: readonly Listener[]): string {
  const addresses = [...new Set(there.map(({ address }) => shown(address)))].slice(0, 3).join(' and ');
  return `deaf on the VIP: listens on ${addresses} only`;
}

const wildcards: Readonly<Record<string, string>> = { '0.0.0.0': 'every address', '::': 'every IPv6 address' };

function shown(address: string): string {
  return wildcards[address] ?? address;
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

function rebind({ address, family }: Vip): string {
  const any = family === 4 ? '0.0.0.0' : '[::]';
  return `bind it to ${any}, or to ${address} as well`;
}
