/**
 * `npm run bench:classify`, as root: what 20,000 clients cost, in network namespaces of its own. Appends what it saw
 * to bench/RESULTS.md.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { createIptables } from '../src/classify/iptables/iptables.ts';
import { createNftables } from '../src/classify/nftables/nftables.ts';
import type { PacketFilter } from '../src/classify/packet-filter.ts';
import { type ClientMark, type Marking, overrideClients } from '../src/core/marks.ts';
import { missingFor, type Namespaces, openNamespaces, vip } from '../test/classify/kernel/namespaces.ts';

const few = 10;
const many = 20_000;
const changes = 20;
const measureS = 10;
const batch = 20;
const port = 1937;
const lines: string[] = [];

const sink = `
import os, socket
os.sched_setaffinity(0, {os.cpu_count() - 1})
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('0.0.0.0', ${port}))
s.listen(4096)
print('ready', flush=True)
while True:
    s.accept()[0].close()
`;
/**
 * Each connection from another client, closed by reset. One batch to the one director and one to the other, so that
 * whatever else this machine does slows down both.
 */
const source = `
import ctypes, os, socket, statistics, struct, sys, time
os.sched_setaffinity(0, {0})
libc = ctypes.CDLL(None, use_errno=True)
spaces = [os.open('/var/run/netns/' + name, os.O_RDONLY) for name in sys.argv[1:]]
linger = struct.pack('ii', 1, 0)
times = [[], []]
count, end = 0, time.monotonic() + ${measureS}
while time.monotonic() < end:
    for at in (0, 1, 1, 0):
        if libc.setns(spaces[at], 0x40000000) != 0: sys.exit(os.strerror(ctypes.get_errno()))
        start = time.monotonic()
        for _ in range(${batch}):
            n = (count * 7919) % ${many}
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            s.bind(('10.64.%d.%d' % (n >> 8, n & 255), 0))
            s.connect(('${vip}', ${port}))
            s.close()
            count += 1
        times[at].append(time.monotonic() - start)
# The quickest tenth: those that nothing else got in the way of.
print(*[${batch} / statistics.quantiles(some, n=10)[0] for some in times], flush=True)
`;

const missing = missingFor(['nft', 'iptables', 'ipset']);
if (missing !== null) throw new Error(`expected a host for this bench: ${missing}`);
say(
  `## Marks, ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC: ${cpus().length} x ${cpus()[0]?.model.trim()}, Linux ${release()}, Node ${process.version}`,
);
say('');
const hosts: Namespaces[] = [];
try {
  for (const name of ['b1', 'b2']) hosts.push(await openNamespaces(name));
  await measure(hosts);
} finally {
  for (const host of hosts) await host.close();
}
appendFileSync(fileURLToPath(new URL('../../bench/RESULTS.md', import.meta.url)), `\n${lines.join('\n')}\n`);

async function measure(hosts: readonly Namespaces[]): Promise<void> {
  const kinds = [
    { name: 'nftables', open: ({ exec }: Namespaces) => createNftables({ exec }) },
    { name: 'iptables and ipset', open: ({ exec }: Namespaces) => createIptables({ exec }) },
  ] as const;
  say(`${many} clients, in ms; a change is one client, the median of ${changes}; the pause is of the event loop:`);
  say('');
  say('| what | applied | one change | a look | a look after a change | longest pause |');
  say('| --- | --- | --- | --- | --- | --- |');
  for (const { name, open } of kinds) {
    for (const host of hosts.slice(0, 1)) say(`| ${[name, ...(await times(open(host)))].join(' | ')} |`);
  }
  say('');
  say(
    `New TCP connections a second, one after the other, the quickest tenth of batches that take turns for ${measureS * 2} s:`,
  );
  say('');
  say(`| what | ${few} clients | ${many} clients | ratio |`);
  say('| --- | --- | --- | --- |');
  const listeners: ChildProcess[] = [];
  try {
    for (const host of hosts) listeners.push(await listen(host));
    for (const { name, open } of kinds) {
      const filters = hosts.map(open);
      const rates: [number, number][] = [];
      // Each has each part once: one is always a little quicker, for no reason of ours.
      for (const crowded of [0, 1]) {
        for (const [at, filter] of filters.entries()) await filter.apply(marking(at === crowded ? many : few));
        const spaces = hosts.map(({ clients }) => clients);
        const [first = Number.NaN, second = Number.NaN] = (await python(source, spaces)).split(' ').map(Number);
        rates.push(crowded === 0 ? [second, first] : [first, second]);
      }
      const [low, full] = [mean(rates.map(([rate]) => rate)), mean(rates.map(([, rate]) => rate))];
      say(`| ${name} | ${low.toFixed(0)} | ${full.toFixed(0)} | ${(full / low).toFixed(3)} |`);
      for (const filter of filters) await filter.clear();
    }
  } finally {
    for (const listener of listeners) listener.kill('SIGKILL');
  }
}

async function listen({ director, clients, shell }: Namespaces): Promise<ChildProcess> {
  // The clients' side has all of their addresses, behind one hardware address.
  execFileSync('ip', ['-n', clients, 'route', 'add', 'local', '10.64.0.0/10', 'dev', 'lo']);
  shell('ip route add 10.64.0.0/10 via 10.10.7.21');
  const listener = spawn('ip', ['netns', 'exec', director, 'python3', '-c', sink], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await Promise.race([once(listener.stdout, 'data'), once(listener, 'exit')]);
  return listener;
}

async function times(filter: PacketFilter): Promise<readonly string[]> {
  let wanted = marking(many);
  const pauses = watchPauses();
  const applied = await timed(() => filter.apply(wanted));
  const look = await timed(() => filter.differences(wanted));
  const single: number[] = [];
  for (let at = 0; at < changes; at += 1) {
    const network = client(at * 37).network;
    const change = { network, mark: 100 + at };
    wanted = { ...wanted, clients: overrideClients(wanted.clients, [change]) };
    const next = wanted;
    single.push(await timed(() => filter.change([change], next)));
  }
  const after = await timed(async () => {
    const differences = await filter.differences(wanted);
    if (differences.length > 0) throw new Error(`expected no differences, got \`${JSON.stringify(differences)}\``);
  });
  const longest = pauses();
  await filter.clear();
  return [applied, median(single), look, after, longest].map((ms) => ms.toFixed(1));
}

/** The longest that a timer of 1 ms was late. */
function watchPauses(): () => number {
  let longest = 0;
  let before = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - before - 1);
    before = now;
  }, 1);
  return () => {
    clearInterval(timer);
    return longest;
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function marking(count: number): Marking {
  return {
    groups: [{ interface: null, vips: [vip], tcp: [{ first: port, last: port }], udp: [], byClient: true, mark: 1 }],
    clients: Array.from({ length: count }, (_, at) => client(at)),
    paths: [],
  };
}

function client(at: number): ClientMark {
  const bytes = [10, 64, at >> 8, at & 255];
  return { network: { family: 4, bytes, prefix: 32, text: bytes.join('.') }, mark: 2 + (at % 5) };
}

async function python(program: string, args: readonly string[]): Promise<string> {
  const child = spawn('python3', ['-c', program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`python3 ended with ${code}`);
  return text.trim();
}

/** Geometric: what counts is the ratio. */
function mean(values: readonly number[]): number {
  return values.reduce((product, value) => product * value, 1) ** (1 / values.length);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function say(line: string): void {
  console.log(line);
  lines.push(line);
}
