/** A HAProxy on the director in front of the cluster's RTMP servers: one backend where the stand-in has a line, one without. */
import { mkdirSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { ADDRESS, type Cluster, DIRECTOR, type ServerName } from './cluster.ts';
import { until } from './program.ts';
import { PORTS } from './services.ts';

/** By the port on the director's own address where its viewers come in. */
export const BACKENDS = { lined: 1935, moved: 1936 } as const;
export type BackendName = keyof typeof BACKENDS;

export interface Line {
  readonly name: string;
  readonly address: string;
  /** Bits of the management guide's `srv_admin_state`: 1 is maintenance, 4 its being in the file, 8 draining. */
  readonly admin: number;
}

export interface Haproxy {
  readonly socket: string;
  ask(command: string): Promise<string>;
  lines(backend: BackendName): Promise<readonly Line[]>;
  /** Addresses that get new viewers, sorted. */
  open(backend: BackendName): Promise<readonly string[]>;
  /** The file once more, in a new process; the old one stays for the streams that it has. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

const folder = '/run/lab/haproxy';
const startLimitMs = 20_000;
const maintenance = 1;
const draining = 8;

const spareLine = `server spare ${ADDRESS.spare}:${PORTS.rtmp} disabled`;

function configuration(socket: string): string {
  const line = (server: ServerName): string => `server ${server} ${ADDRESS[server]}:${PORTS.rtmp}`;
  const sections = Object.entries(BACKENDS).map(([name, port]) => [
    `listen ${name}`,
    `  bind ${DIRECTOR}:${port}`,
    '  balance leastconn',
    ...['edge1' as const, 'edge2' as const].map((server) => `  ${line(server)}`),
    ...(name === 'lined' ? [`  ${spareLine}`] : []),
  ]);
  return [
    'global',
    `  stats socket ${socket} mode 600 level admin`,
    'defaults',
    '  mode tcp',
    '  timeout connect 1s',
    '  timeout client 5m',
    '  timeout server 5m',
    ...sections.flat(),
    '',
  ].join('\n');
}

export async function openHaproxy(cluster: Cluster): Promise<Haproxy> {
  mkdirSync(folder, { recursive: true });
  const [socket, file] = [path.join(folder, 'admin.sock'), path.join(folder, 'haproxy.cfg')];
  writeFileSync(file, configuration(socket));
  const said: string[] = [];
  const note = (line: string): void => void said.push(line);
  const program = cluster.start(null, 'haproxy', ['-W', '-db', '-f', file], { onLine: note, onErrorLine: note });
  const ask = (command: string): Promise<string> => askOnce(socket, command);
  const pidNow = async (): Promise<string | undefined> =>
    /^Pid: (\d+)$/m.exec(await ask('show info').catch(() => ''))?.[1];
  const worker = (before: string | undefined): Promise<string> =>
    until(
      `a HAProxy other than \`${before ?? 'none'}\``,
      async () => {
        if (!program.isRunning()) throw new Error(`HAProxy ended: ${said.slice(-5).join(' | ')}`);
        const pid = await pidNow();
        return pid !== before && pid;
      },
      startLimitMs,
      20,
    );
  const lines = async (backend: BackendName): Promise<readonly Line[]> => {
    const rows = (await ask(`show servers state ${backend}`)).split('\n').filter((row) => /^\d+ /.test(row));
    return rows.map((row) => {
      // be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state ...
      const [, , , name = '', address = '', , admin] = row.split(' ');
      return { name, address, admin: Number(admin) };
    });
  };
  await worker(undefined);

  return {
    socket,
    ask,
    lines,
    async open(backend) {
      const open = (await lines(backend)).filter(({ admin }) => (admin & (maintenance | draining)) === 0);
      return open.map(({ address }) => address).sort();
    },
    async reload() {
      const before = await pidNow();
      program.child.kill('SIGUSR2');
      await worker(before);
    },
    async close() {
      program.kill('SIGKILL');
      await until('HAProxy is gone', () => !program.hasProcesses(), startLimitMs);
    },
  };
}

function askOnce(socket: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = net.connect(socket);
    let text = '';
    connection.on('connect', () => connection.write(`${command}\n`));
    connection.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    connection.on('end', () => resolve(text));
    connection.on('error', reject);
  });
}
