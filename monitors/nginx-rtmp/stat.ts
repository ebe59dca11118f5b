/** What one worker of nginx with the rtmp module reports at `/stat`. Unused elements are skipped. */
export interface RtmpStat {
  /** The worker that answered; several workers answer in turn. */
  readonly pid: number | null;
  /** Of that worker. */
  readonly uptimeS: number | null;
  /** 10 s averages in bit/s. */
  readonly bwIn: number;
  readonly bwOut: number;
  readonly applications: readonly Application[];
}

export interface Application {
  readonly name: string;
  /** The streams listed in `<live>` and `<play>` (video on demand). */
  readonly streams: readonly RtmpStream[];
}

export interface RtmpStream {
  readonly name: string;
  readonly kind: StreamKind;
  /** The stream's age by the server's clock, in ms; it grows even if nothing arrives. */
  readonly ageMs: number | null;
  readonly bytesIn: number | null;
  readonly bwIn: number;
  readonly bwOut: number;
  /** Publishers and players. */
  readonly clients: number;
  readonly publishing: boolean;
  /** Timestamp of the publisher's newest message, in ms. */
  readonly timestamp: number | null;
}

export type StreamKind = 'live' | 'play';
