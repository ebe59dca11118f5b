/** The stand-in video servers of the demo. Every loopback address is free to bind on Linux, without set-up. */
export const standIns: ReadonlyMap<string, string> = new Map([
  ['edge1', '127.0.0.21'],
  ['edge2', '127.0.0.22'],
  ['spare', '127.0.0.29'],
]);

export interface Ports {
  readonly rtsp: number;
  readonly rtmp: number;
  readonly wcs: number;
}

/** Above 1024, so that no privilege is needed, and off the well-known ones, so that real servers are not in the way. */
export const demoPorts: Ports = { rtsp: 20_554, rtmp: 21_935, wcs: 28_081 };
