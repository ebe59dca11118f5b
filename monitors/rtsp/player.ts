import { isIPv6 } from 'node:net';
import type { Verdict } from '../../src/plugin/plugin.ts';
import type { Settle, Stop } from '../shared/dialog.ts';
import { errorCode } from '../shared/network-fault.ts';
import { fail, ok, unknown } from '../shared/verdicts.ts';
import type { RtspHead } from './answer.ts';
import { type Method, measuresOf, notMoving, whatMoves } from './judge.ts';
import { watchMotion } from './motion.ts';
import { readRtp } from './rtp.ts';
import type { Track } from './sdp.ts';
import { overTcp, overUdp, readTransport, sessionId, type Transport } from './transport.ts';
import { openUdpPair, type UdpPair } from './udp-pair.ts';

export interface Play {
  readonly track: Track;
  readonly urls: { readonly setup: string; readonly play: string };
  /** The server's address. */
  readonly address: string;
  readonly transport: 'auto' | 'tcp' | 'udp';
  readonly send: (method: Method, uri: string, headers: readonly string[]) => void;
  readonly enter: (session: string) => void;
  readonly settle: Settle;
}

/** More than a second of 100 Mbit/s. */
export const maxMediaBytes = 16 * 1_048_576;

/** Sends SETUP and PLAY, and checks the media that arrive. */
export interface Player {
  taken(method: Method, head: RtspHead): Verdict | null;
  /** True if another transport is tried. */
  declined(method: Method, status: number): boolean;
  frame(channel: number, bytes: Buffer, atMs: number): Verdict | null;
  stopped(how: Stop): Verdict | null;
  /** The session for TEARDOWN; null: the server keeps none for us. */
  sessionUrl(): string | null;
  close(): void;
}

export function startPlayer({ track, urls, address, transport, send, enter, settle }: Play): Player {
  const motion = watchMotion(track.payloadTypes);
  let udp: UdpPair | null = null;
  let wantsUdp = false;
  let chosen: Transport | null = null;
  let playing = false;
  let closed = false;
  let playUrl = urls.play;
  let strays = 0;
  let udpBytes = 0;

  function setUpUdp(): void {
    wantsUdp = true;
    openUdpPair(isIPv6(address) ? 6 : 4, (bytes, from) => settle((atMs) => datagram(bytes, from, atMs))).then(
      (pair) => {
        if (closed) return pair.close();
        udp = pair;
        settle(() => {
          send('SETUP', urls.setup, [`Transport: ${overUdp(pair.port)}`]);
          return null;
        });
      },
      (error: Error) => settle(() => unknown(`cannot open UDP ports: ${errorCode(error)}`)),
    );
  }

  /** With direct routing a server may send from another of its addresses; only unannounced packets are ignored. */
  function datagram(bytes: Buffer, from: string, atMs: number): Verdict | null {
    const promised = chosen?.ssrc ?? null;
    const expected = promised === null || readRtp(bytes)?.source === promised;
    if (!expected && from !== address && from !== chosen?.source) {
      strays += 1;
      return null;
    }
    udpBytes += bytes.length;
    return seen(bytes, atMs) ?? (udpBytes > maxMediaBytes ? standstill() : null);
  }

  function seen(bytes: Buffer, atMs: number): Verdict | null {
    return motion.see(bytes, atMs) ? verdict() : null;
  }

  /** RTP may arrive before the answer to PLAY. */
  function verdict(): Verdict | null {
    if (!playing || !motion.moves()) return null;
    const detail = `${motion.packets} RTP packets over ${way()}, the first after ${Math.round(motion.firstMs ?? 0)} ms`;
    return { ...ok(`moving ${whatMoves(track)}`, detail), measures: measuresOf(motion) };
  }

  function way(): string {
    return wantsUdp ? 'UDP' : 'TCP';
  }

  function standstill(): Verdict {
    const found = notMoving(track, motion, way());
    const elsewhere = strays === 0 ? '' : `; ${strays} datagrams from other addresses`;
    const blocked = wantsUdp && motion.packets === 0 ? '; is UDP from the server let through?' : '';
    return { ...found, detail: `${found.detail}${elsewhere}${blocked}` };
  }

  if (transport === 'udp') setUpUdp();
  else send('SETUP', urls.setup, [`Transport: ${overTcp}`]);

  return {
    taken(method, head) {
      if (method === 'PLAY') {
        playing = true;
        return verdict();
      }
      const session = sessionId(head.headers.get('session'));
      if (session !== null) enter(session);
      chosen = readTransport(head.headers.get('transport') ?? '');
      send('PLAY', playUrl, ['Range: npt=0.000-']);
      return null;
    },
    declined(method, status) {
      if (method === 'SETUP' && !wantsUdp && transport === 'auto' && (status === 461 || status === 400)) {
        setUpUdp();
        return true;
      }
      // "Aggregate operation not allowed".
      if (method !== 'PLAY' || status !== 459 || playUrl === urls.setup) return false;
      playUrl = urls.setup;
      send('PLAY', playUrl, ['Range: npt=0.000-']);
      return true;
    },
    frame(channel, bytes, atMs) {
      return chosen !== null && !wantsUdp && channel === chosen.channel ? seen(bytes, atMs) : null;
    },
    stopped(how) {
      if (!playing) return null;
      return how === 'closed' ? fail('closed while playing', standstill().detail) : standstill();
    },
    sessionUrl: () => (chosen === null ? null : playUrl),
    close() {
      closed = true;
      udp?.close();
    },
  };
}
