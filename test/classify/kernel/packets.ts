/** Real packets between two network namespaces, and the mark with which each arrived. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Protocol } from '../../../src/core/table.ts';

/** Python, because Node has no getsockopt. 36 is SO_MARK, 75 is SO_RCVMARK. */
const listener = `
import selectors, socket, struct, sys
select = selectors.DefaultSelector()
for port in map(int, sys.argv[1:]):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        s = socket.socket(socket.AF_INET6, kind)
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if kind == socket.SOCK_DGRAM: s.setsockopt(socket.SOL_SOCKET, 75, 1)
        s.bind(('::', port))
        if kind == socket.SOCK_STREAM: s.listen(16)
        select.register(s, selectors.EVENT_READ, kind)
print('ready', flush=True)
while True:
    for key, _ in select.select():
        s = key.fileobj
        if key.data == socket.SOCK_STREAM:
            c, _ = s.accept()
            c.sendall(str(c.getsockopt(socket.SOL_SOCKET, 36) & 0xffffffff).encode())
            c.close()
        else:
            _, extra, _, peer = s.recvmsg(64, 256)
            marks = [struct.unpack('I', d)[0] for (l, t, d) in extra if t in (36, 75)]
            s.sendto(str(marks[0] if marks else 'none').encode(), peer)
`;

/** A line `tcp FROM SOURCEPORT TO PORT` is answered with the mark, or with what went wrong. */
const sender = `
import socket, struct, sys
print('ready', flush=True)
for line in sys.stdin:
    kind, source, sport, to, port = line.split()
    family = socket.AF_INET6 if ':' in to else socket.AF_INET
    s = socket.socket(family, socket.SOCK_STREAM if kind == 'tcp' else socket.SOCK_DGRAM)
    try:
        s.settimeout(2)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((source, int(sport)))
        if kind == 'tcp':
            s.connect((to, int(port)))
            answer = s.recv(64)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        else:
            s.sendto(b'?', (to, int(port)))
            answer = s.recvfrom(64)[0]
        print(answer.decode(), flush=True)
    except OSError as e:
        print(repr(e), flush=True)
    s.close()
`;

type Child = ChildProcessByStdio<Writable, Readable, null>;

export interface Sender {
  /** `none`: it came without; else the mark, or what went wrong. `sourcePort` 0: any. */
  send(packet: Packet): Promise<number | string>;
  close(): Promise<void>;
}

export interface Packet {
  readonly protocol: Protocol;
  readonly from: string;
  readonly sourcePort?: number;
  readonly to: string;
  readonly port: number;
}

export async function listen(namespace: string, ports: readonly number[]): Promise<() => Promise<void>> {
  const { child } = await python(namespace, listener, ports.map(String));
  return () => end(child);
}

export async function openSender(namespace: string): Promise<Sender> {
  const { child, lines } = await python(namespace, sender, []);
  return {
    async send({ protocol, from, sourcePort = 0, to, port }) {
      child.stdin.write(`${protocol} ${from} ${sourcePort} ${to} ${port}\n`);
      const [answer] = (await once(lines, 'line')) as [string];
      return /^\d+$/.test(answer) ? Number(answer) : answer;
    },
    close: () => end(child),
  };
}

async function python(
  namespace: string,
  program: string,
  args: readonly string[],
): Promise<{ child: Child; lines: Interface }> {
  const child = spawn('ip', ['netns', 'exec', namespace, 'python3', '-c', program, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const lines = createInterface(child.stdout);
  const ended = once(child, 'exit').then(() => {
    throw new Error(`python3 in ${namespace} ended`);
  });
  ended.catch(() => {});
  await Promise.race([once(lines, 'line'), ended]);
  return { child, lines };
}

async function end(child: Child): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  process.kill(-child.pid, 'SIGKILL');
  await gone;
}
