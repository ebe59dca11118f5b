import { isIP } from 'node:net';
import { type Check, defineMonitor, field } from '../src/plugin.ts';
import { unknown } from './shared/verdicts.ts';
import { judgeWay } from './vip/judge.ts';
import { type Answer, openWay, type Way } from './vip/way.ts';

/**
 * With direct routing or tunnelling a server can be well on its own address and deaf on the virtual one. A connection
 * to the virtual address, sent through one server by a mark of its own, tells. The ways through other servers are
 * tried beside it: when none of them works, the fault is more likely ours.
 */
export const vip = defineMonitor({
  type: 'vip',
  about: 'Connects to the virtual address through one real server, as a viewer does',
  options: field.object({
    address: field
      .text()
      .refine((text) => isIP(text) !== 0, 'expected an IP address, without brackets')
      .describe('The virtual address'),
    port: field.port().describe('A TCP port that the servers have open on it'),
    forward: field.oneOf(['dr', 'tun']).default('dr').describe('How the director hands packets to the servers'),
  }),
  interval: '2s',
  network: true,
  prepare(): Check {
    return async (target, { signal, trace }) => {
      const { path } = target;
      if (path === undefined) return unknown('no way by the virtual address was set up');
      const { vip: address, port } = path;
      const open = (way: Pick<Way, 'through' | 'sourcePorts'>): Promise<Answer> =>
        openWay({ ...way, address, port }, signal);
      const [own, ...others] = await Promise.all([
        open({ through: target.address, sourcePorts: path.sourcePorts }),
        ...path.witnesses.map((witness) => open({ through: witness.address, sourcePorts: witness.sourcePorts })),
      ]);
      if (own === 'connected') trace.phase('tcp');
      trace.note(`through ${target.server}: ${own}; through others: ${others.join(', ') || 'there are none'}`);
      return judgeWay({ own, others, vip: address, port });
    };
  },
});
