/** The director that watches edge1 with every column of the matrix, beside a second server as a witness. */
import { columns, monitorName } from '../../matrix/columns.ts';
import { ADDRESS, VIP } from '../cluster.ts';
import { PORTS } from '../services.ts';
import { AUTHORITY } from './servers/certificates.ts';

export function matrixConfiguration(stateDir: string): string {
  const monitors = columns.map(
    ({ name, options }) => `  ${monitorName(name)}: { ${options.replace('AUTHORITY', JSON.stringify(AUTHORITY))} }`,
  );
  const names = columns.map(({ name }) => monitorName(name)).join(', ');
  return `director:
  name: lb1
  reference: [${ADDRESS.gw}]
  state: ${stateDir}
  # All that a hung server can hold up, so that no check waits for another.
  max_checks_per_server: 60
servers:
  edge1: { address: ${ADDRESS.edge1} }
  edge2: { address: ${ADDRESS.edge2} }
monitors:
${monitors.join('\n')}
watches:
  all: { servers: [edge1], monitors: [${names}], alerts: [failover] }
  witness: { servers: [edge2], monitors: [vip], alerts: [failover] }
classify: { vip: ${VIP}, ports: { tcp: [${PORTS.rtmp}] }, mark: 1 }
virtual_services:
  playout: { fwmark: 1, scheduler: rr, servers: [edge1, edge2], min_pooled: 1, fail_back: { after: 1s } }
alerts:
  failover: { type: ipvs }
`;
}
