import { isIP } from 'node:net';
import { type Check, defineMonitor, field, type TargetPath } from '../src/plugin/plugin.ts';
import { unknown } from './shared/verdicts.ts';
import { cannotConnect, judgeWay } from './vip/judge.ts';
import { type Answer, notNeeded, openWay, ownAddress } from './vip/way.ts';

/**
 * With direct routing or tunneling a server can work on its own address but not on the virtual one. A connection to the
 * virtual address, sent through one server by its own mark, shows it. The paths through other servers are tried as well:
 * if none of them works, the fault is more likely ours.
 */
export const vip = defineMonitor({
  type: 'vip',
  about: 'Connects to the virtual address through one real server, as a viewer does',
  options: field.object({
    address: field
      .text()
      .refine((text) => isIP(text) !== 0, 'expected an IP address, without brackets')
      .describe('The virtual address'),
    port: field.port().describe('A TCP port that the servers have open on the VIP'),
    forward: field.oneOf(['dr', 'tun']).default('dr').describe('How the director hands packets to the servers'),
  }),
  interval: '2s',
  network: true,
  prepare(): Check {
    return async (target, { signal, trace }) => {
      const { path } = target;
      if (path === undefined) return unknown('no way by the virtual address was set up');
      const { vip: address, port, witnesses } = path;
      const from = await ownAddress(target.address);
      if ('code' in from) return cannotConnect({ vip: address, port }, from.code);
      const comparable = await speakingFrom(from.address, witnesses);

      // The others only matter while this path is silent, and one that works is enough.
      const enough = new AbortController();
      const beside = AbortSignal.any([signal, enough.signal]);
      const open = async (sourcePorts: readonly number[], within: AbortSignal): Promise<Answer> => {
        const answer = await openWay({ address, port, from: from.address, sourcePorts }, within);
        if (answer === 'connected') enough.abort(notNeeded);
        return answer;
      };
      const [own, others] = await Promise.all([
        open(path.sourcePorts, signal),
        Promise.all(comparable.map(({ sourcePorts }) => open(sourcePorts, beside))),
      ]);
      if (own === 'connected') trace.phase('tcp');
      trace.note(`through ${target.server}: ${own}; through others: ${others.join(', ') || 'there are none'}`);
      return judgeWay({ own, others, vip: address, port });
    };
  },
});

/** From another of our addresses it is no witness: that interface alone may block everything. */
async function speakingFrom(address: string, witnesses: TargetPath['witnesses']): Promise<TargetPath['witnesses']> {
  const sources = await Promise.all(witnesses.map((witness) => ownAddress(witness.address)));
  return witnesses.filter((_, at) => {
    const source = sources[at];
    return source !== undefined && 'address' in source && source.address === address;
  });
}
