/** Commands as ipvsadm(8) arguments: numeric, with every field each time, since -e and -E reset omitted fields. */
import { isIP } from 'node:net';
import { describeCommand, wholePrefix } from '../../core/plan.ts';
import {
  type Command,
  type Forward,
  hostPort,
  type ServiceAddress,
  type ServiceSpec,
  serviceKey,
} from '../../core/table.ts';
import { BalancerError } from '../balancer.ts';

const options: Readonly<Record<Command['op'], string>> = {
  'add-service': '-A',
  'edit-service': '-E',
  'remove-service': '-D',
  add: '-a',
  edit: '-e',
  remove: '-d',
};
const methods: Readonly<Record<Forward, string>> = { dr: '-g', nat: '-m', tun: '-i' };
const longestPersistenceS = 2_678_400;

/** Throws BalancerError for values that ipvsadm would refuse: a usage error would end the process that is kept open. */
export function ipvsadmArguments(command: Command): readonly string[] {
  const wrong = problem(command);
  if (wrong !== null) throw new BalancerError('refused', `\`${describeCommand(command)}\`: ${wrong}`);
  const option = options[command.op];
  switch (command.op) {
    case 'add-service':
    case 'edit-service':
      return [option, ...service(command.service.at), '-s', command.service.scheduler, ...persistence(command.service)];
    case 'remove-service':
      return [option, ...service(command.service.at)];
    case 'add':
    case 'edit': {
      const { address, port, forward, weight } = command.entry;
      const server = ['-r', hostPort(address, port), methods[forward], '-w', String(weight)];
      return [option, ...service(command.service), ...server];
    }
    case 'remove':
      return [option, ...service(command.service), '-r', hostPort(command.entry.address, command.entry.port)];
  }
}

/** Lines for `ipvsadm -R`. */
export function ipvsadmLines(commands: readonly Command[]): string {
  return commands.map((command) => `${ipvsadmArguments(command).join(' ')}\n`).join('');
}

function service(at: ServiceAddress): readonly string[] {
  if (at.kind === 'haproxy')
    throw new BalancerError('refused', `expected a service of IPVS, got \`${serviceKey(at)}\``);
  // -6 is only valid after -f.
  if (at.kind === 'fwmark') return ['-f', String(at.mark), ...(at.family === 6 ? ['-6'] : [])];
  return [at.kind === 'tcp' ? '-t' : '-u', hostPort(at.address, at.port)];
}

function persistence({ at, persistenceS, persistencePrefix }: ServiceSpec): readonly string[] {
  if (persistenceS === null) return [];
  const mask = wholePrefix(at) === 128 ? String(persistencePrefix) : netmask(persistencePrefix);
  return ['-p', String(persistenceS), '-M', mask];
}

/** IPv4 takes a netmask only: ipvsadm reads `-M 24` as 0.0.0.24. */
function netmask(prefix: number): string {
  const mask = -1 << (32 - prefix);
  return [24, 16, 8, 0].map((shift) => (mask >>> shift) & 255).join('.');
}

function problem(command: Command): string | null {
  if ('entry' in command) {
    const { address, port, weight } = command.entry;
    if (isIP(address) === 0) return `expected an IP address, got \`${address}\``;
    if (!isCount(port, 0, 65_535)) return `expected a port, got \`${port}\``;
    if (!isCount(weight, 0, 65_535)) return `expected a weight of 0 to 65535, got \`${weight}\``;
    return addressProblem(command.service);
  }
  const { at, scheduler, persistenceS, persistencePrefix } = command.service;
  if (!/^[a-z0-9_-]{1,15}$/i.test(scheduler) || scheduler.startsWith('-'))
    return `expected a scheduler, got \`${scheduler}\``;
  if (persistenceS !== null && !isCount(persistenceS, 1, longestPersistenceS)) {
    return `expected a persistence of 1 to ${longestPersistenceS} s, got \`${persistenceS}\``;
  }
  const longest = wholePrefix(at);
  if (persistenceS !== null && !isCount(persistencePrefix, 1, longest)) {
    return `expected a prefix length of 1 to ${longest}, got \`${persistencePrefix}\``;
  }
  return addressProblem(at);
}

function addressProblem(at: ServiceAddress): string | null {
  if (at.kind === 'fwmark') {
    return isCount(at.mark, 1, 0xffff_ffff) ? null : `expected a mark of 1 to 4294967295, got \`${at.mark}\``;
  }
  if (at.kind === 'haproxy') return `expected a service of IPVS, got \`${serviceKey(at)}\``;
  if (isIP(at.address) === 0) return `expected an IP address, got \`${at.address}\``;
  return isCount(at.port, 0, 65_535) ? null : `expected a port, got \`${at.port}\``;
}

function isCount(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}
