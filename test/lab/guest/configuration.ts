/** The director's configuration: the documented example, on the lab's addresses. Whatever is not named has its default. */
export interface Settings {
  /** Of `fail_back: { after }`. */
  readonly failBack: string;
  readonly smtpPort: number;
  readonly stateDir: string;
}

export function configuration({ failBack, smtpPort, stateDir }: Settings): string {
  return `director:
  name: lb1
  reference: [10.10.3.1]
  state: ${stateDir}
servers:
  edge1: { address: 10.10.3.20, backups: [spare] }
  edge2: { address: 10.10.3.21, backups: [spare] }
  spare: { address: 10.10.3.29 }
monitors:
  rtsp: { type: rtsp, port: 554 }
  rtmp: { type: rtmp, port: 1935 }
  wcs:  { type: wcs, port: 8081, limits: { publishers: 100, subscribers: 100, hls: 100, band_in: 100, band_out: 100 } }
  cpu:  { type: cpu, via: node_exporter, port: 9100, limit: 90 }
watches:
  edges: { servers: [edge1, edge2, spare], monitors: [rtsp, rtmp, wcs, cpu], alerts: [failover, oncall] }
virtual_services:
  playout:
    fwmark: 1
    scheduler: rr
    forward: dr
    servers: [edge1, edge2]
    min_pooled: 1
    fail_back: { after: ${failBack} }
alerts:
  failover: { type: ipvs }
  oncall: { type: mail, to: [oncall@example.org] }
mail: { smtp: "smtp://127.0.0.1:${smtpPort}", from: understudy@lb1.example.org }
`;
}
