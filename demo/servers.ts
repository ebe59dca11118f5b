/** The stand-in video servers of the demo. On Linux every address of 127.0.0.0/8 can be bound without set-up. */
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

/** Ports above 1024 need no privilege. They differ from the well-known ports, which real servers may use here. */
export const demoPorts: Ports = { rtsp: 20_554, rtmp: 21_935, wcs: 28_081 };
