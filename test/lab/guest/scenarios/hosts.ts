/** Set-up of the machines themselves: a director by `doctor`, a video server by `realserver`. */
import { readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { like, same } from '../claims.ts';
import { ADDRESS, VIP } from '../cluster.ts';
import { must, type Outcome, run } from '../program.ts';
import { PORTS } from '../services.ts';
import { repositoryFile } from '../source-file.ts';
import type { WholeScenario, WholeStage } from '../whole-stage.ts';

interface Finding {
  readonly name: string;
  readonly state: string;
  readonly mend: string | null;
}

const sysctl = (name: string): string => `/proc/sys/${name.replaceAll('.', '/')}`;

/** What a director for rtmp-clients.yaml needs, and what it gets here instead. */
const wrongSettings = {
  'net.ipv4.vs.expire_nodest_conn': '0',
  'net.ipv4.vs.expire_quiescent_template': '0',
  'net.ipv4.vs.conn_reuse_mode': '0',
  'net.ipv4.conf.br0.accept_local': '0',
} as const;
const rightSettings = {
  'net.ipv4.vs.expire_nodest_conn': '1',
  'net.ipv4.vs.expire_quiescent_template': '1',
  'net.ipv4.vs.conn_reuse_mode': '1',
  'net.ipv4.conf.br0.accept_local': '1',
} as const;

async function bad(stage: WholeStage): Promise<readonly Finding[]> {
  const { stdout, stderr } = await stage.understudy('doctor', '--json');
  like(`output of doctor (${stderr})`, stdout, /^\{/);
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly Finding[] };
  return findings.filter(({ state }) => state === 'bad');
}

function realserver(...args: readonly string[]): Promise<Outcome> {
  const main = path.join(import.meta.dirname, '../../../../src/main.js');
  return run('ip', ['netns', 'exec', 'edge1', process.execPath, main, 'realserver', ...args, '--vip', VIP]);
}

async function inEdge1(command: string): Promise<string> {
  return await must('ip', ['netns', 'exec', 'edge1', 'sh', '-e', '-c', command]);
}

/** Addresses and the settings that matter, as a server without a virtual address has them, or has not. */
async function stateOfEdge1(): Promise<string> {
  const settings = ['all', 'lo', 'eth0', 'tunl0'].flatMap((device) =>
    ['arp_ignore', 'arp_announce', 'rp_filter'].map((name) => `/proc/sys/net/ipv4/conf/${device}/${name}`),
  );
  return await inEdge1(`ip -o addr show; ip -o link show tunl0 | grep -c UP || true; grep . ${settings.join(' ')}`);
}

export const hostScenarios: readonly WholeScenario[] = [
  {
    name: 'doctor finds what is wrong with a director and mends it',
    limitMs: 120_000,
    async play(stage) {
      stage.write('understudy.yaml', readFileSync(repositoryFile('etc/rtmp-clients.yaml'), 'utf8'));
      stage.write('clients.csv', readFileSync(repositoryFile('etc/clients.csv'), 'utf8'));
      for (const [name, value] of Object.entries(wrongSettings)) writeFileSync(sysctl(name), value);
      await must('ip', ['addr', 'del', `${VIP}/32`, 'dev', 'br0']);
      const before = await bad(stage);
      const names = before.map(({ name }) => name).join(', ');
      for (const pattern of [/expire_nodest_conn/, /expire_quiescent_template/, /10\.10\.3\.30/]) {
        like('what is bad', names, pattern);
      }
      const fixed = await stage.understudy('doctor', '--fix');
      same('exit status while the address is missing', fixed.status, 1);
      for (const [name, value] of Object.entries(rightSettings)) {
        if (name.endsWith('accept_local')) continue;
        same(name, readFileSync(sysctl(name), 'latin1').trim(), value);
      }
      // What it may not do by itself it says as a command.
      for (const { name, mend } of await bad(stage)) {
        if (mend === null) throw new Error(`expected a command that mends ${name}, got none`);
        stage.note(`${name}: ${mend}`);
        await must('sh', ['-e', '-c', mend]);
      }
      const last = await stage.understudy('doctor', '--fix');
      same(`exit status in the end (${last.stdout})`, last.status, 0);
      same('accept_local', readFileSync(sysctl('net.ipv4.conf.br0.accept_local'), 'latin1').trim(), '1');
      same('what is still bad', await bad(stage), []);
    },
  },
  {
    name: 'realserver sets up a video server, checks it and takes it all back',
    limitMs: 240_000,
    async play(stage) {
      const forwards = stage.kernel === 'uml' ? (['dr', 'tun'] as const) : (['dr'] as const);
      for (const forward of forwards) {
        await inEdge1(
          `ip addr del ${VIP}/32 dev lo; for name in arp_ignore arp_announce; do for device in all lo eth0; do echo 0 > /proc/sys/net/ipv4/conf/$device/$name; done; done; for device in all tunl0; do echo 1 > /proc/sys/net/ipv4/conf/$device/rp_filter; done`,
        );
        const before = await stateOfEdge1();
        await stage.cluster.ipvsadm('-A', '-t', `${VIP}:${PORTS.rtmp}`, '-s', 'rr');
        const flag = forward === 'dr' ? '-g' : '-i';
        const server = `${ADDRESS.edge1}:${PORTS.rtmp}`;
        await stage.cluster.ipvsadm('-a', '-t', `${VIP}:${PORTS.rtmp}`, '-r', server, flag, '-w', '1');
        const visit = async (): Promise<string | null> =>
          (await stage.client.visit('tcp', ADDRESS.client, PORTS.rtmp)).error;

        const bare = await realserver('check', '--forward', forward, '--port', String(PORTS.rtmp));
        same(`exit status of check before (${bare.stderr}${bare.stdout})`, bare.status, 1);
        same(`${forward}: no visit before`, (await visit()) === null, false);

        const done = await realserver('apply', '--forward', forward, '--yes');
        same(`${forward}: exit status of apply (${done.stderr}${done.stdout})`, done.status, 0);
        const checked = await realserver('check', '--forward', forward, '--port', String(PORTS.rtmp));
        same(`${forward}: exit status of check (${checked.stderr}${checked.stdout})`, checked.status, 0);
        same(`${forward}: visit`, await visit(), null);
        const again = await realserver('apply', '--forward', forward, '--yes');
        same(`${forward}: exit status of a second apply (${again.stderr})`, again.status, 0);

        const removed = await realserver('remove', '--yes');
        same(`${forward}: exit status of remove (${removed.stderr}${removed.stdout})`, removed.status, 0);
        same(`${forward}: the server after remove`, (await stateOfEdge1()).split('\n'), before.split('\n'));
        await stage.cluster.ipvsadm('-D', '-t', `${VIP}:${PORTS.rtmp}`);
        await stage.cluster.setUpServer('edge1', 'dr');
      }
    },
  },
];
