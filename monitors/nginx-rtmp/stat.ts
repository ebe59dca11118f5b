/** What one worker of nginx with its rtmp module says at `/stat`. Elements that nobody asks for are passed over. */
export interface RtmpStat {
  /** Of the worker that answered; several workers answer by turns. */
  readonly pid: number | null;
  /** Of that worker. */
  readonly uptimeS: number | null;
  /** Means of 10 s, in bit/s. */
  readonly bwIn: number;
  readonly bwOut: number;
  readonly applications: readonly Application[];
}

export interface Application {
  readonly name: string;
  /** What `<live>` and `<play>` (video on demand) list. */
  readonly streams: readonly RtmpStream[];
}

export interface RtmpStream {
  readonly name: string;
  readonly kind: StreamKind;
  /** How old the stream is on the server's clock, in ms; it grows whether anything comes in or not. */
  readonly ageMs: number | null;
  readonly bytesIn: number | null;
  readonly bwIn: number;
  readonly bwOut: number;
  /** Publisher and players. */
  readonly clients: number;
  readonly publishing: boolean;
  /** Of the newest message from the publisher, in ms. */
  readonly timestamp: number | null;
}

export type StreamKind = 'live' | 'play';
