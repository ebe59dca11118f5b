import { isLater, readRtp } from './rtp.ts';

/**
 * A server may first send a player everything since the last key frame, although the encoder sends nothing new. New
 * media are later than everything that arrived within this time.
 */
const burstMs = 300;
const maxSources = 16;

export interface Motion {
  /** Adds one packet of the RTP channel. True: the media advance. */
  see(bytes: Buffer, atMs: number): boolean;
  moves(): boolean;
  readonly packets: number;
  /** Packets that the session description did not announce, and the payload type of the last one, or null. */
  readonly strange: { readonly count: number; readonly payloadType: number | null };
  readonly firstMs: number | null;
}

export function watchMotion(payloadTypes: readonly number[]): Motion {
  /** The latest timestamp of the burst, for each synchronisation source. */
  const latest = new Map<number, number>();
  let packets = 0;
  let firstMs: number | null = null;
  let moves = false;
  let strange: Motion['strange'] = { count: 0, payloadType: null };

  return {
    see(bytes, atMs) {
      const rtp = readRtp(bytes);
      if (rtp === null || !payloadTypes.includes(rtp.payloadType)) {
        strange = { count: strange.count + 1, payloadType: rtp?.payloadType ?? null };
        return moves;
      }
      packets += 1;
      firstMs ??= atMs;
      const reached = latest.get(rtp.source);
      if (reached === undefined) {
        if (latest.size < maxSources) latest.set(rtp.source, rtp.timestamp);
      } else if (isLater(rtp.timestamp, reached)) {
        if (atMs - firstMs >= burstMs) moves = true;
        else latest.set(rtp.source, rtp.timestamp);
      }
      return moves;
    },
    moves: () => moves,
    get packets() {
      return packets;
    },
    get strange() {
      return strange;
    },
    get firstMs() {
      return firstMs;
    },
  };
}
