/** Finds values that no packet filter accepts, before a program runs or the kernel is touched. */
import { isIP } from 'node:net';
import { describeGroup, type Marking, type PacketGroup, type PortRange, type VipPath } from '../core/marks.ts';
import { type Slices, sliceLength } from './slices.ts';

/** null: none. */
export function* markingProblem({ groups, clients, paths }: Marking): Slices<string | null> {
  for (const group of groups) {
    const problem = groupProblem(group);
    if (problem !== null) return `${describeGroup(group)}: ${problem}`;
  }
  for (const path of paths) {
    const problem = pathProblem(path);
    if (problem !== null) return `path through ${path.server}: ${problem}`;
  }
  let count = 0;
  for (const { network, mark } of clients) {
    count += 1;
    if (count % sliceLength === 0) yield;
    const whole = network.family === 4 ? 32 : 128;
    const [address = '', prefix = String(whole), ...more] = network.text.split('/');
    if (isIP(address) !== network.family || more.length > 0 || prefix !== String(network.prefix)) {
      return `expected an IP address or a network, got \`${network.text}\``;
    }
    if (!isCount(network.prefix, 0, whole)) return `expected a prefix length of 0 to ${whole}, got \`${prefix}\``;
    if (!isMark(mark)) return `client ${network.text}: ${markProblem(mark)}`;
  }
  return null;
}

function groupProblem({ interface: device, vips, tcp, udp, byClient, mark }: PacketGroup): string | null {
  // Names that the kernel accepts (dev_valid_name), without those that nft and iptables read as a pattern.
  if (device !== null && !/^[A-Za-z0-9_.:@-]{1,15}$/.test(device)) return `expected an interface, got \`${device}\``;
  const address = vips.find((vip) => isIP(vip) === 0 || vip.includes('%'));
  if (address !== undefined) return `expected an IP address, got \`${address}\``;
  const range = [...tcp, ...udp].find(({ first, last }) => !isPort(first) || !isPort(last) || first > last);
  if (range !== undefined) return `expected ports of 1 to 65535, got \`${rangeText(range)}\``;
  if (mark === null) return byClient ? null : 'expected a mark, got none';
  return isMark(mark) ? null : markProblem(mark);
}

function pathProblem({ vip, port, sourcePort, mark }: VipPath): string | null {
  if (isIP(vip) === 0 || vip.includes('%')) return `expected an IP address, got \`${vip}\``;
  const wrong = [port, sourcePort].find((one) => !isPort(one));
  if (wrong !== undefined) return `expected a port of 1 to 65535, got \`${wrong}\``;
  return isMark(mark) ? null : markProblem(mark);
}

function rangeText({ first, last }: PortRange): string {
  return `${first}-${last}`;
}

function markProblem(mark: number): string {
  return `expected a mark of 1 to 4294967295, got \`${mark}\``;
}

function isMark(mark: number): boolean {
  return isCount(mark, 1, 0xffff_ffff);
}

function isPort(port: number): boolean {
  return isCount(port, 1, 65_535);
}

function isCount(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}
