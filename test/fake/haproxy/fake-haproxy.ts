/**
 * The runtime API of HAProxy 2.6 on a socket, as a real one answers: one line of commands joined by `;`, an answer to
 * each, and the end. `disabled` lines keep bit 4 for ever, `maint` ends `drain`, and a change of address is told in a
 * sentence.
 */
import { createServer, type Server, type Socket } from 'node:net';

export interface FakeLine {
  readonly name: string;
  address: string;
  port: number;
  weight: number;
  readonly initialWeight: number;
  /** srv_admin_state. */
  admin: number;
  isUp: boolean;
  readonly hasAgent: boolean;
  readonly isChecked: boolean;
  readonly isBackup: boolean;
  conns: number;
}

export type FakeLineSpec = Partial<Omit<FakeLine, 'name' | 'address' | 'initialWeight'>> & {
  readonly address: string;
  readonly disabled?: boolean;
};

export type FakeBackends = Readonly<Record<string, Readonly<Record<string, FakeLineSpec>>>>;

export interface FakeHaproxy {
  readonly socket: string;
  readonly backends: ReadonlyMap<string, ReadonlyMap<string, FakeLine>>;
  /** Every command that would change something. */
  readonly changes: string[];
  level: 'admin' | 'operator';
  /**
   * What happens to the connection of these commands: `lost`, and they are not done; `mute`, done without an answer; a
   * number of bytes after which the answer ends. null: nothing.
   */
  mishap: (commands: string) => 'lost' | 'mute' | number | null;
  line(path: string): FakeLine;
  command(text: string): string;
  /**
   * Back to what the file says, in another process. `samePid`: in a container it often has the same number; `keeps`:
   * with `load-server-state-from-file` the states that lines had are there again.
   */
  reload(how?: { readonly samePid?: boolean; readonly keeps?: boolean }): void;
  close(): Promise<void>;
}

export async function startFakeHaproxy(spec: FakeBackends, path: string): Promise<FakeHaproxy> {
  const backends = new Map<string, Map<string, FakeLine>>();
  let [pid, startedS] = [4000, 1_795_259_891];
  const load: FakeHaproxy['reload'] = ({ samePid = false, keeps = false } = {}) => {
    if (!samePid) pid += 1;
    startedS += 60;
    for (const [backend, lines] of Object.entries(spec)) {
      const before = backends.get(backend);
      const made = Object.entries(lines).map(([name, line]) => lineOf(name, line));
      for (const line of keeps ? made : []) line.admin = before?.get(line.name)?.admin ?? line.admin;
      backends.set(backend, new Map(made.map((line) => [line.name, line])));
    }
  };
  load();
  const open = new Set<Socket>();
  const fake: FakeHaproxy = {
    socket: path,
    backends,
    changes: [],
    level: 'admin',
    mishap: () => null,
    line(where) {
      const [backend = '', name = ''] = where.split('/');
      const found = backends.get(backend)?.get(name);
      if (found === undefined) throw new RangeError(`no line ${where}`);
      return found;
    },
    command: (text) => answer(text.trim(), fake, `Pid: ${pid}\nStart_time_sec: ${startedS}\n`),
    reload: load,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  const server: Server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => {});
    let heard = '';
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1');
      const end = heard.indexOf('\n');
      if (end === -1) return;
      const line = heard.slice(0, end);
      const mishap = fake.mishap(line);
      if (mishap === 'lost') return void socket.end();
      const said = line.split(';').map((text) => `${fake.command(text)}\n`);
      socket.end(mishap === 'mute' ? '' : said.join('').slice(0, mishap ?? undefined));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return fake;
}

function lineOf(name: string, { address, disabled = false, ...rest }: FakeLineSpec): FakeLine {
  const weight = rest.weight ?? 1;
  return {
    name,
    address,
    port: 1935,
    admin: disabled ? 5 : 0,
    isUp: !disabled,
    hasAgent: false,
    isChecked: false,
    isBackup: false,
    conns: 0,
    ...rest,
    weight,
    initialWeight: weight,
  };
}

const stateHead =
  '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port';
const statHead = '# pxname,svname,qcur,qmax,scur,smax,slim,stot,status,weight,act,bck,last_agt,';

function answer(text: string, fake: FakeHaproxy, process: string): string {
  if (text === 'show info') return `Name: HAProxy\nVersion: 2.6.12-1+deb12u4\n${process}`;
  if (text === 'show stat -1 4 -1') return showStat(fake);
  const shown = /^show servers state (\S+)$/.exec(text);
  if (shown !== null) {
    const [, backend = ''] = shown;
    const lines = fake.backends.get(backend);
    return lines === undefined ? "Can't find backend.\n" : showState(backend, [...lines.values()]);
  }
  const order = /^set server ([^/\s]+)\/(\S+) (\S+) (.*)$/.exec(text);
  if (order === null) return 'Unknown command, but maybe one of the following ones is a better match:\n  help\n';
  if (fake.level !== 'admin') return 'Permission denied\n';
  const [, backend = '', name = '', verb = '', rest = ''] = order;
  const lines = fake.backends.get(backend);
  if (lines === undefined) return 'No such backend.\n';
  const line = lines.get(name);
  if (line === undefined) return 'No such server.\n';
  fake.changes.push(text);
  return change(line, verb, rest);
}

function showStat({ backends }: FakeHaproxy): string {
  const rows = [...backends].flatMap(([backend, lines]) =>
    [...lines.values()].map((line) => {
      const [act, bck] = line.isBackup ? [0, 1] : [1, 0];
      return `${backend},${line.name},0,0,${line.conns},9,,9,UP,${line.weight},${act},${bck},"via agent : down (cpu 93%, over 90%)",`;
    }),
  );
  return [statHead, ...rows, ''].join('\n');
}

function showState(backend: string, lines: readonly FakeLine[]): string {
  const rows = lines.map((line, at) => {
    const { name, address, isUp, admin, weight, initialWeight, isChecked, hasAgent, port } = line;
    const [check, agent] = [isChecked ? 6 : 0, hasAgent ? 22 : 0];
    return `3 ${backend} ${at + 1} ${name} ${address} ${isUp ? 2 : 0} ${admin} ${weight} ${initialWeight} 228 6 3 4 ${check} ${agent} 0 0 - ${port} - 0 0 - - 0`;
  });
  return ['1', stateHead, ...rows, ''].join('\n');
}

function change(line: FakeLine, verb: string, rest: string): string {
  switch (verb) {
    case 'state':
      if (rest === 'ready') line.admin &= ~0x09;
      else if (rest === 'drain') line.admin = (line.admin & ~0x01) | 0x08;
      else if (rest === 'maint') line.admin = (line.admin & ~0x08) | 0x01;
      else return "'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n";
      line.isUp = rest !== 'maint';
      return '';
    case 'weight':
      if (!(Number(rest) >= 0 && Number(rest) <= 256))
        return 'Absolute weight can only be between 0 and 256 inclusive.\n';
      line.weight = Number(rest);
      return '';
    case 'addr': {
      const [address = '', , port] = rest.split(' ');
      const from = line.address;
      line.address = address;
      if (port !== undefined) line.port = Number(port);
      return `IP changed from '${from}' to '${address}' by 'stats socket command'\n`;
    }
    case 'health':
    case 'agent':
      line.isUp = rest === 'up';
      return '';
    default:
      return `'set server <srv>' only supports 'agent', 'health', 'state', 'weight', 'addr'\n`;
  }
}
