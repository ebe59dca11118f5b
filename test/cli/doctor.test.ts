import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { doctor } from '../../src/cli/doctor.ts';
import type { Config } from '../../src/config/config.ts';
import { tempFolder } from '../http/harness.ts';
import { directorFiles, directorPrograms, type PaperHost, paperHost } from '../machine/doctor/host.ts';
import { testSession } from './terminal.ts';

const director = (uid = 0) => paperHost(directorFiles, directorPrograms, uid);

async function call(host: PaperHost, options: object = {}, report?: object) {
  const session = testSession({ columns: 100 });
  const parts = {
    host,
    readConfig: async () => ({ config: null, problems: [], warnings: [], ...report }),
    defaultConfigFile: '/nowhere/understudy.yaml',
  };
  const code = await doctor(session, parts, options);
  return { code, text: session.text() };
}

test('without a configuration, a director is judged by its table, and the report says so', async () => {
  const host = director();
  const { code, text } = await call(host);
  expect(text).toMatch(/^ +what +found +wanted\n✖ BAD +vs\.expire_nodest_conn +0 +1\n/);
  expect(text).toContain('$ sysctl -w net.ipv4.vs.expire_nodest_conn=1\n');
  expect(text).toMatch(/✔ ok +scheduler wlc +loaded/);
  expect(text).toMatch(/✔ ok +marks +1: set/);
  expect(text).toContain('✖ 2 bad, 1 warning, ');
  expect(text).toContain('checked without a configuration: there is no /nowhere/understudy.yaml\n');
  expect(code).toBe(1);
});

test('changes nothing without --fix, and runs nothing that loads a module', async () => {
  const host = paperHost({ '/usr/sbin/ipvsadm': '', '/usr/sbin/iptables': '' }, directorPrograms);
  const before = [...host.paper];
  await call(host);
  expect([...host.paper]).toEqual(before);
  expect(host.ran.filter((line) => line.startsWith('ipvsadm') || line.includes('legacy'))).toEqual([]);
});

test('--fix sets what it may, says each change, and how to keep it', async () => {
  const host = director();
  const { code, text } = await call(host, { fix: true });
  expect(text).toContain('set net.ipv4.vs.expire_nodest_conn: 0 to 1\n');
  expect(text).toContain('set net.ipv4.vs.expire_quiescent_template: 0 to 1\n');
  expect(text).toContain('to keep the settings, put this into /etc/sysctl.d/60-understudy.conf:\nnet.ipv4.vs.');
  expect(text).toContain('\nnet.ipv4.vs.expire_nodest_conn = 1\n');
  expect(host.paper.get('/proc/sys/net/ipv4/vs/expire_nodest_conn')).toBe('1\n');
  expect(host.paper.has('/etc/sysctl.d/60-understudy.conf')).toBe(false);
  expect(code).toBe(0);
  expect((await call(host, { fix: true })).text).toContain('no setting had to be changed\n');
});

test('--fix goes on after a setting that the kernel refuses, and says which', async () => {
  const host = director();
  const write = host.files.write;
  const files = {
    ...host.files,
    write: async (path: string, text: string) => {
      if (path.endsWith('expire_nodest_conn')) throw new Error('EPERM: operation not permitted');
      return write(path, text);
    },
  };
  const { code, text } = await call({ ...host, files }, { fix: true });
  expect(text).toContain('not set: cannot set net.ipv4.vs.expire_nodest_conn to 1: EPERM: operation not permitted\n');
  expect(text).toContain('set net.ipv4.vs.expire_quiescent_template: 0 to 1\n');
  expect(code).toBe(1);
});

test('--fix is for root alone, in one line', async () => {
  await expect(call(director(1000), { fix: true })).rejects.toThrow('doctor --fix: expected root, got user id 1000');
});

test('says what root would see more', async () => {
  const { text } = await call(director(1000));
  expect(text).toMatch(/\? unknown +marks +only root may see the rules/);
  expect(text).toContain('checked without root: some of it cannot be seen\n');
});

test('--json prints the findings, the worst first, and nothing else', async () => {
  const { code, text } = await call(director(), { json: true });
  const said = JSON.parse(text) as { config: null; findings: { name: string; state: string }[] };
  expect(said.config).toBe(null);
  expect(said.findings[0]).toMatchObject({ name: 'vs.expire_nodest_conn', state: 'bad', found: '0', wanted: '1' });
  expect(code).toBe(1);
});

test('a configuration with problems is bad, and the rest is checked without it', async () => {
  const file = join(tempFolder(), 'understudy.yaml');
  writeFileSync(file, '');
  const { code, text } = await call(director(), { config: file }, { problems: [`${file}:1:1: wrong`] });
  expect(text).toMatch(/✖ BAD +configuration +1 problem/);
  expect(text).toContain(`$ understudy check-config ${file}\n`);
  expect(text).toMatch(/✔ ok +scheduler wlc/);
  expect(code).toBe(1);
});

test('a configuration that is named and not there is wrong usage', async () => {
  await expect(call(director(), { config: '/nowhere.yaml' })).rejects.toThrow(
    '--config: expected a file, got `/nowhere.yaml`',
  );
});

test('a configuration that is there and not for us to read is not said to be missing', async () => {
  const file = join(tempFolder(), 'understudy.yaml');
  symlinkSync(file, file);
  await expect(call(director(), { config: file })).rejects.toThrow(`--config: ${file} cannot be read (ELOOP)`);
  const session = testSession();
  const readConfig = async () => ({ config: null, problems: [], warnings: [] });
  await doctor(session, { host: director(), readConfig, defaultConfigFile: file }, {});
  expect(session.text()).toContain(`checked without a configuration: ${file} cannot be read (ELOOP)\n`);
});

test('a configuration says which schedulers, addresses and marks it needs', async () => {
  const file = join(tempFolder(), 'understudy.yaml');
  writeFileSync(file, '');
  const at = { kind: 'fwmark', mark: 7, family: 4 };
  const member = { server: 'edge1', weight: 1, port: 0, backups: ['spare'] };
  const service = {
    name: 'playout',
    balancer: 'ipvs',
    at,
    scheduler: 'mh',
    persistenceS: null,
    persistencePrefix: 32,
    forward: 'tun',
    members: [member],
    minPooled: { count: 0 },
    failBack: 'manual',
  };
  const group = { interface: null, vips: ['10.10.3.99'], tcp: [], udp: [], byClient: false, mark: 7 };
  const config = {
    services: new Map([['playout', service]]),
    servers: new Map(['edge1', 'spare'].map((name, at) => [name, { name, address: `10.10.3.${at + 20}` }])),
    classify: { backend: 'auto', groups: [group], clients: [] },
    paths: [],
  } as unknown as Config;
  const programs = {
    ...directorPrograms,
    'modprobe -n ip_vs_mh': null,
    'ip -j route get 10.10.3.99': '[{"dst":"10.10.3.99","dev":"eth0"}]',
    'ip -j route get 10.10.3.99 mark 7': '[{"type":"local","dst":"10.10.3.99","dev":"lo"}]',
    'ip -j route get 10.10.3.20': '[{"dst":"10.10.3.20","dev":"eth0"}]',
    'ip -j route get 10.10.3.21': '[{"dst":"10.10.3.21","dev":"eth0","metrics":[{"mtu":1400}]}]',
  };
  const { text } = await call(paperHost(directorFiles, programs), { config: file }, { config });
  expect(text).toMatch(/✖ BAD +scheduler mh +not in this kernel/);
  expect(text).toMatch(/✔ ok +vip 10\.10\.3\.99 +a local route, for mark 7/);
  expect(text).toMatch(/▲ warn +marks to come +7: not set yet/);
  expect(text).toMatch(/▲ warn +mtu of tunnels by eth0 +1380 bytes to 10\.10\.3\.21/);
  expect(text).toMatch(/▲ warn +other services +fwmark:1/);
});

test.each([60, 80, 200])('fits a terminal of %i columns, and never cuts a command', async (columns) => {
  const session = testSession({ columns, tty: true, env: { LANG: 'C.UTF-8', NO_COLOR: '1' } });
  const parts = {
    host: director(),
    readConfig: async () => ({ config: null, problems: [], warnings: [] }),
    defaultConfigFile: '/nowhere/understudy.yaml',
  };
  await doctor(session, parts, {});
  const lines = session.text().split('\n');
  const table = lines.slice(0, lines.indexOf(''));
  expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(columns);
  expect(lines).toContain('    $ sysctl -w net.ipv4.vs.expire_quiescent_template=1');
});
