/** Compares how long IPVS remembers a viewer with how long viewers stay quiet. */
import type { Finding } from '../host/finding.ts';
import { type Facts, isPresent } from './facts.ts';
import type { Needs } from './needs.ts';

/** Seconds. A player sends something within its RTSP session timeout, 60 s by default (RFC 2326 section 12.37). */
const rtspSessionS = 60;
/** RTCP and STUN come at least every few seconds, but a paused stream may be quiet for longer. */
const udpS = { least: 30, most: 60 } as const;

export function judgeTimeouts({ ipvs, root }: Facts): readonly Finding[] {
  if (!isPresent(ipvs)) return [];
  const { timeouts } = ipvs;
  if (timeouts === null) {
    const found = root ? '`ipvsadm -L --timeout` failed' : 'only root may see them';
    const why = 'a viewer who is quiet for longer than these is forgotten';
    return [{ name: 'timeouts', state: 'unknown', found, wanted: 'tcp 900, udp 60', why, mend: null, sysctl: null }];
  }
  const { tcp, udp } = timeouts;
  const short = tcp <= rtspSessionS;
  const [udpShort, udpLong] = [udp < udpS.least, udp > udpS.most];
  const notShort = udpLong ? 'warn' : 'ok';
  return [
    {
      name: 'timeout tcp',
      state: short ? 'bad' : 'ok',
      found: `${tcp} s`,
      wanted: `over ${rtspSessionS} s`,
      why: 'an RTSP control connection is quiet for up to its session timeout, a paused player for longer; forgotten, it is reset',
      // 0 leaves the other timeouts unchanged.
      mend: short ? 'ipvsadm --set 900 0 0' : null,
      sysctl: null,
    },
    {
      name: 'timeout udp',
      state: udpShort ? 'bad' : notShort,
      found: `${udp} s`,
      wanted: `${udpS.least} to ${udpS.most} s`,
      why: udpLong
        ? 'dead flows are kept that long, in the table and against a server that shall be empty'
        : 'shorter than the gap between two packets of RTCP or STUN, it splits a session between servers',
      mend: udpShort || udpLong ? `ipvsadm --set 0 0 ${udpS.most}` : null,
      sysctl: null,
    },
  ];
}

/** These schedulers pick the same server for a viewer without persistence. */
const byClient: ReadonlySet<string> = new Set(['sh', 'mh', 'dh']);
/** Seconds between the requests of an HLS player, or a reconnect: below that a viewer moves while watching. */
const leastPersistenceS = 30;

export function judgePersistence({ services, configured }: Needs): readonly Finding[] {
  if (!configured) return [];
  const findings = services.flatMap(({ name, scheduler, persistenceS, servers, joins }): Finding[] => {
    const finding = { name: `persistence of ${name}`, mend: null, sysctl: null };
    if (persistenceS !== null && persistenceS < leastPersistenceS) {
      const why =
        'it has to outlast the gap between connections of one viewer: HLS requests, control and media, a reconnect';
      return [{ ...finding, state: 'warn', found: `${persistenceS} s`, wanted: `${leastPersistenceS} s or more`, why }];
    }
    if (persistenceS !== null || !joins || servers.length < 2 || byClient.has(scheduler)) return [];
    const why =
      'its ports are scheduled one by one: the control connection of a viewer and his media go to different servers';
    return [
      {
        ...finding,
        state: 'bad',
        found: `none, scheduler ${scheduler}`,
        wanted: 'persistence, or the scheduler sh',
        why,
      },
    ];
  });
  const persistent = services.filter(({ persistenceS }) => persistenceS !== null).length;
  if (findings.length > 0 || persistent === 0) return findings;
  const why = 'control and media of one viewer stay on one server';
  const found = `in ${persistent} of ${services.length} services`;
  return [
    { name: 'persistence', state: 'ok', found, wanted: 'where ports belong together', why, mend: null, sysctl: null },
  ];
}
