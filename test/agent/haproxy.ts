/** A real HAProxy that asks one agent, and tells what it made of the answers. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { findProgram, type Program } from '../lab/programs.ts';

/** null: neither the lab's packages nor this host have it. */
export const findHaproxy = (): Program | null => findProgram('usr/sbin/haproxy');

export interface Server {
  readonly status: string;
  readonly weight: string;
  /** What came of the last question, such as `L7OK` or `L4CON`, and its words. */
  readonly agentStatus: string;
  readonly lastAgent: string;
}

export interface Haproxy {
  server(): Promise<Server>;
  /** A command of its runtime API; its answer without blank ends. */
  command(text: string): Promise<string>;
  close(): Promise<void>;
}

/** Server `b/s` of weight 100 has no health check of its own: what it is, the agent made of it. */
export async function startHaproxy(program: Program, folder: string, agentPort: number): Promise<Haproxy> {
  const socket = join(folder, 'haproxy.sock');
  const config = join(folder, 'haproxy.cfg');
  writeFileSync(
    config,
    `global
  stats socket ${socket} level admin
defaults
  mode tcp
  timeout connect 1s
  timeout client 5s
  timeout server 5s
listen b
  bind unix@${join(folder, 'front.sock')}
  server s 127.0.0.1:9 weight 100 agent-check agent-port ${agentPort} agent-inter 50 agent-send "metrics\\n"
`,
  );
  const env = { PATH: process.env['PATH'], ...program.env };
  const child = spawn(program.file, ['-db', '-f', config], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (text) => {
    errors = `${errors}${text}`.slice(-4000);
  });
  await listening(child, socket, () => errors);
  const command = (text: string) => ask(socket, text);
  return {
    command,
    async server() {
      const [head = [], ...rows] = (await command('show stat')).split('\n').map((line) => line.split(','));
      const row = rows.find(([backend, name]) => backend === 'b' && name === 's') ?? [];
      const column = (name: string) => row[head.indexOf(name)]?.replaceAll('"', '') ?? '';
      return {
        status: column('status'),
        weight: column('weight'),
        agentStatus: column('agent_status'),
        lastAgent: column('last_agt'),
      };
    },
    async close() {
      if (child.exitCode !== null) return;
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
    },
  };
}

/** Rejects with its own words when it ends at once. */
async function listening(child: ChildProcess, socket: string, errors: () => string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) break;
    const answered = await ask(socket, 'show info').catch(() => '');
    if (answered !== '') return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  child.kill('SIGKILL');
  throw new Error(`expected HAProxy to listen on ${socket}, got ${errors()}`);
}

function ask(path: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    let answer = '';
    socket.setEncoding('utf8').on('data', (part) => {
      answer += part;
    });
    socket.once('error', reject).once('end', () => resolve(answer.trim()));
    socket.write(`${text}\n`);
  });
}
