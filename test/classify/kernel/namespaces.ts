/** A director and its clients as two private network namespaces with a cable between them. */
import { execFileSync } from 'node:child_process';
import type { Exec } from '../../../src/ports.ts';
import { systemExec } from '../../../src/system/exec.ts';
import { listen, openSender, type Packet, type Sender } from './packets.ts';

export const vip = '10.10.3.30';
export const otherVip = '10.10.3.31';
export const vip6 = '2001:db8::3:30';
/** Addresses of viewers, each on the clients' side of the cable. */
export const viewers = [
  '10.10.7.21',
  '10.10.7.40',
  '10.10.8.1',
  '10.11.0.9',
  '2001:db8::7:21',
  '2001:db8::8:1',
] as const;
const ports = [1934, 1935, 1936, 6949, 6950, 7000, 7150, 7151, 8080];

export interface Namespaces {
  readonly director: string;
  readonly clients: string;
  /** Every program runs in the director's namespace. */
  readonly exec: Exec;
  /** In the director's namespace, by a shell. */
  shell(command: string, cwd?: string): string;
  /** From the clients' side. */
  send(packet: Packet): Promise<number | string>;
  /** From the director itself. */
  sendLocally(packet: Packet): Promise<number | string>;
  close(): Promise<void>;
}

/** What each program needs of the kernel, asked in a namespace that ends with it. */
const trials: Readonly<Record<string, string>> = {
  nft: 'nft list tables',
  iptables: 'iptables-save -t mangle && ip6tables-save -t mangle',
  'iptables-nft': 'iptables-nft-save -t mangle && ip6tables-nft-save -t mangle',
  'iptables-legacy': 'iptables-legacy-save -t mangle && ip6tables-legacy-save -t mangle',
  ipset: 'ipset list -n',
  ip: 'test -e /proc/net/if_inet6 && ip link set lo up',
  // SO_RCVMARK, Linux 5.19.
  python3: "python3 -c 'import socket; socket.socket(type=socket.SOCK_DGRAM).setsockopt(socket.SOL_SOCKET, 75, 1)'",
};

/** null: all is there; else what is not. */
export function missingFor(programs: readonly string[]): string | null {
  if (process.getuid?.() !== 0) return 'needs root';
  const missing = ['ip', 'python3', ...programs].find(
    (program) => !succeeds('unshare', ['-n', 'sh', '-c', trials[program] ?? `command -v ${program}`]),
  );
  return missing === undefined ? null : `${missing} does not work here`;
}

export async function openNamespaces(name: string): Promise<Namespaces> {
  const [director, clients] = [`ustdy-${name}-${process.pid}d`, `ustdy-${name}-${process.pid}c`];
  const closers: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const step of closers.splice(0).reverse()) await step();
  };
  try {
    for (const namespace of [director, clients]) {
      ip('netns', 'add', namespace);
      closers.push(() => ip('netns', 'del', namespace));
    }
    ip('-n', director, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', clients);
    for (const address of [`${vip}/8`, `${otherVip}/8`, `${vip6}/64`]) addAddress(director, address);
    for (const address of viewers) addAddress(clients, `${address}/${address.includes(':') ? 64 : 8}`);
    for (const namespace of [director, clients]) {
      for (const device of ['lo', 'eth0']) ip('-n', namespace, 'link', 'set', device, 'up');
    }
    execFileSync('ip', ['netns', 'exec', director, 'sysctl', '-qw', 'net.ipv4.tcp_fwmark_accept=1']);
    closers.push(await listen(director, ports));
    const [far, near] = await Promise.all([openSender(clients), openSender(director)]);
    for (const sender of [far, near] satisfies Sender[]) closers.push(sender.close);
    return {
      director,
      clients,
      exec: {
        run: (file, args, options) => systemExec.run('ip', ['netns', 'exec', director, file, ...args], options),
        open: systemExec.open,
      },
      shell: (command, cwd) =>
        execFileSync('ip', ['netns', 'exec', director, 'sh', '-ec', command], {
          encoding: 'utf8',
          cwd,
          stdio: ['ignore', 'pipe', 'pipe'],
        }),
      send: far.send,
      sendLocally: near.send,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function addAddress(namespace: string, address: string): void {
  // Without duplicate address detection it can be used at once.
  ip('-n', namespace, 'address', 'add', address, 'dev', 'eth0', ...(address.includes(':') ? ['nodad'] : []));
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

function succeeds(file: string, args: readonly string[]): boolean {
  try {
    execFileSync(file, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
