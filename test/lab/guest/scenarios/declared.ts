/** A declared state that several scenarios begin with, and how a person applies it. */
import { same } from '../claims.ts';
import { ADDRESS, VIP } from '../cluster.ts';
import { PORTS } from '../services.ts';
import type { WholeStage } from '../whole-stage.ts';

type Filter = WholeStage['filters'][number];

/** Clients to marks, single servers with a stand-in, and a mark with several; `clients` are lines of the list. */
export function declared(stage: WholeStage, filter: Filter | 'auto', clients: readonly string[]): string {
  return `director: { name: lb1, reference: [${ADDRESS.gw}], state: ${stage.director.stateDir}, packet_filter: ${filter} }
servers:
  edge1: { address: ${ADDRESS.edge1}, backups: [spare] }
  edge2: { address: ${ADDRESS.edge2}, backups: [spare] }
  spare: { address: ${ADDRESS.spare} }
monitors:
  echo: { type: tcp, port: ${PORTS.echo} }
watches:
  edges: { servers: [edge1, edge2, spare], monitors: [echo], alerts: [failover] }
virtual_services:
  first: { fwmark: 1, scheduler: rr, forward: dr, persistence: 50s, servers: [edge1] }
  second: { fwmark: 2, scheduler: rr, forward: dr, servers: [edge2] }
  rest: { fwmark: 3, scheduler: wlc, forward: dr, servers: [edge1, edge2] }
alerts:
  failover: { type: ipvs }
classify:
  vip: ${VIP}
  ports: { tcp: [${PORTS.rtsp}, ${PORTS.rtmp}, ${PORTS.echo}], udp: [6950-7150] }
  clients:
${clients.map((line) => `    - ${line}\n`).join('')}  default: 3
`;
}

/** A list of so many clients in 10.64.0.0/10, with the marks 1 to 3. */
export function clientsFile(count: number): string {
  const rows = Array.from(
    { length: count },
    (_, i) => `10.${64 + (i >> 16)}.${(i >> 8) & 255}.${i & 255},${1 + (i % 3)}`,
  );
  return ['IP,fwmark', ...rows, ''].join('\n');
}

/** `understudy apply`, to its good end. */
export async function applied(stage: WholeStage): Promise<void> {
  const { status, stdout, stderr } = await stage.understudy('apply', '--yes');
  same(`exit status of apply (${stderr}${stdout})`, status, 0);
}
