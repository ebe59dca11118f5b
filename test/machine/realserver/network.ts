/** A video server and its neighbour in private network namespaces, with a folder of their own for /etc and /var. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Host } from '../../../src/machine/host/host.ts';
import { systemFiles } from '../../../src/machine/host/system-host.ts';
import type { Exec, ExecResult } from '../../../src/ports.ts';
import { systemExec } from '../../../src/system/exec.ts';

export interface TestServer {
  readonly host: Host;
  /** Scratch root of /etc and /var. */
  readonly root: string;
  /** Everything that was run to change something, and each sysctl that was written, in order. */
  readonly changes: string[];
  run(...argv: readonly string[]): string;
  /** The neighbour asks for an address by ARP; true: someone answered. */
  asksArp(address: string): boolean;
  /** Listens on TCP until the test ends; resolves when it does. */
  listen(address: string, port: number, ipv6Only?: boolean): Promise<void>;
}

export interface TestServerOptions {
  /** Words of `systemctl is-enabled systemd-networkd`; null: there is no systemctl. */
  readonly networkd?: 'enabled' | 'disabled' | null;
  /** Fails the change whose argv or sysctl has this in it. */
  readonly failing?: string;
}

export const serverAddress = '10.77.0.2';
const neighbourAddress = '10.77.0.3';
let made = 0;

/** Why it cannot be done here; null: it can. */
export function obstacle(): string | null {
  if (process.getuid?.() !== 0) return 'needs root';
  const name = `understudy-try-${process.pid}`;
  try {
    ip('netns', 'add', name);
    ip('netns', 'del', name);
    return null;
  } catch {
    return 'needs network namespaces and ip(8)';
  }
}

export function testServer(options: TestServerOptions = {}): TestServer {
  made += 1;
  const server = `understudy-rs-${process.pid}-${made}`;
  const neighbour = `${server}-n`;
  const root = mkdtempSync(join(tmpdir(), 'understudy-rs-'));
  onTestFinished(() => {
    for (const name of [server, neighbour]) if (existsSync(`/run/netns/${name}`)) ip('netns', 'del', name);
    rmSync(root, { recursive: true, force: true });
  });
  ip('netns', 'add', server);
  ip('netns', 'add', neighbour);
  ip('-n', server, 'link', 'set', 'lo', 'up');
  ip('-n', server, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', neighbour);
  ip('-n', server, 'address', 'add', `${serverAddress}/24`, 'dev', 'eth0');
  ip('-n', neighbour, 'address', 'add', `${neighbourAddress}/24`, 'dev', 'eth0');
  for (const name of [server, neighbour]) {
    // Or else an address appears while a test looks at them.
    ip('-n', name, 'link', 'set', 'eth0', 'addrgenmode', 'none');
    ip('-n', name, 'link', 'set', 'eth0', 'up');
  }

  const readInside = reader(server);
  const changes: string[] = [];
  const inside = (argv: readonly string[]) => ['netns', 'exec', server, ...argv];
  const note = (what: string) => {
    changes.push(what);
    if (options.failing && what.includes(options.failing)) throw new Error(`no ${options.failing} today`);
  };
  const networkd = options.networkd === undefined ? 'disabled' : options.networkd;
  const exec: Exec = {
    run: async (file, args, limits) => {
      const line = [file, ...args].join(' ');
      if (file === 'systemctl') return systemctl(args);
      if (/ (add|del|set) /.test(line)) note(line);
      return systemExec.run('ip', inside([file, ...args]), limits);
    },
    open: systemExec.open,
  };
  function systemctl(args: readonly string[]): ExecResult {
    if (networkd === null) throw new Error('cannot start systemctl: ENOENT');
    if (args[0] === 'is-enabled')
      return { exitCode: networkd === 'enabled' ? 0 : 1, stdout: `${networkd}\n`, stderr: '' };
    if (args[0] === 'is-active') return { exitCode: 3, stdout: 'inactive\n', stderr: '' };
    note(`systemctl ${args.join(' ')}`);
    const link = join(root, 'etc/systemd/system/multi-user.target.wants', args[1] ?? '');
    mkdirSync(dirname(link), { recursive: true });
    if (args[0] === 'enable') symlinkSync('../understudy-vip.service', link);
    if (args[0] === 'disable') rmSync(link, { force: true });
    return { exitCode: 0, stdout: '', stderr: '' };
  }
  const host: Host = {
    exec,
    uid: 0,
    files: {
      async read(path) {
        if (!path.startsWith('/proc/')) return systemFiles.read(root + path);
        return readInside(path);
      },
      async exists(path) {
        if (path.endsWith('/systemctl')) return networkd !== null;
        return systemFiles.exists(root + path);
      },
      list: (folder) => systemFiles.list(root + folder),
      async write(path, text) {
        if (!path.startsWith('/proc/')) return systemFiles.write(root + path, text);
        note(`${path.slice('/proc/sys/'.length)} = ${text.trim()}`);
        const { exitCode } = await systemExec.run('ip', inside(['tee', path]), { input: text, timeoutMs: 5_000 });
        if (exitCode !== 0) throw new Error(`ENOENT: ${path}`);
      },
      remove: (path) => systemFiles.remove(root + path),
    },
  };
  return {
    host,
    root,
    changes,
    run: (...argv) => execFileSync('ip', inside(argv), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
    asksArp: (address) => asksArp(neighbour, address),
    listen: (address, port, ipv6Only = false) => listen(server, { host: address, port, ipv6Only }),
  };
}

export function put(root: string, path: string, text: string): void {
  mkdirSync(dirname(root + path), { recursive: true });
  writeFileSync(root + path, text);
}

export function get(root: string, path: string): string | null {
  return existsSync(root + path) ? readFileSync(root + path, 'utf8') : null;
}

/** A connect on the same network asks by ARP, and the kernel notes the answer, or that there was none. */
function asksArp(neighbour: string, address: string): boolean {
  ip('-n', neighbour, 'neigh', 'flush', 'dev', 'eth0');
  ip('-n', neighbour, 'route', 'replace', `${address}/32`, 'dev', 'eth0');
  // bash knows /dev/udp: one packet, so one question.
  execFileSync('ip', ['netns', 'exec', neighbour, 'bash', '-c', `echo > /dev/udp/${address}/9`]);
  for (const deadline = performance.now() + 5_000; performance.now() < deadline; ) {
    const line = ip('-n', neighbour, 'neigh', 'show', 'to', address, 'dev', 'eth0');
    if (/lladdr/.test(line)) return true;
    if (/FAILED/.test(line)) return false;
    // Its three questions take three seconds.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
  return false;
}

/** One shell reads all files of /proc in there: settings are many, and a process for each takes long. */
function reader(namespace: string): (path: string) => Promise<string | null> {
  const program =
    'while read -r f; do x=; { read -r -d "" x < "$f"; } 2>/dev/null; [ -n "$x" ] && printf "+%s\\0" "$x" || printf "\\0"; done';
  const child = spawn('ip', ['netns', 'exec', namespace, 'bash', '-c', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const waiting: ((answer: string | null) => void)[] = [];
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const answers = (said + text).split('\0');
    said = answers.pop() ?? '';
    for (const answer of answers) waiting.shift()?.(answer.startsWith('+') ? answer.slice(1) : null);
  });
  child.once('close', () => {
    for (const tell of waiting.splice(0)) tell(null);
  });
  return (path) =>
    new Promise((resolve) => {
      waiting.push(resolve);
      child.stdin.write(`${path}\n`);
    });
}

function listen(namespace: string, at: { host: string; port: number; ipv6Only: boolean }): Promise<void> {
  const program = `require('net').createServer().listen(${JSON.stringify(at)}, () => console.log('listens'))`;
  const child: ChildProcess = spawn('ip', ['netns', 'exec', namespace, process.execPath, '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('exit', () => reject(new Error(`cannot listen on ${at.host} ${at.port}`)));
  });
}

function ip(...args: readonly string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
