export interface LoadJob {
  readonly type: 'tcp' | 'rtsp' | 'rtmp';
  readonly addresses: readonly string[];
  readonly port: number;
  /** Pulses and tripwires beside the checks, as by default. */
  readonly pulse: boolean;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface LoadResult {
  readonly checksPerSecond: number;
  readonly cpuPerCheckUs: number;
  /** 1: one whole core. */
  readonly cpuShare: number;
  readonly latenessP50Ms: number;
  readonly latenessP99Ms: number;
  readonly missedBeats: number;
  readonly notOk: number;
  readonly rssMb: number;
}
