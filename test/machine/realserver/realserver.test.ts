import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { doctor } from '../../../src/cli/doctor.ts';
import { readConfig } from '../../../src/cli/read-config.ts';
import { realserver } from '../../../src/cli/realserver.ts';
import type { Session } from '../../../src/cli/session.ts';
import type { Host } from '../../../src/machine/host/host.ts';
import { systemFiles } from '../../../src/machine/host/system-host.ts';
import { memoryFile } from '../../../src/machine/realserver/memory.ts';
import { testSession } from '../../cli/terminal.ts';
import { paperHost } from '../doctor/host.ts';
import { get, obstacle, put, serverAddress, type TestServer, testServer } from './network.ts';

const vip = '10.77.0.9';
const why = obstacle();

async function call(server: TestServer, verb: string, options: object = {}) {
  const session = testSession({ columns: 120 });
  const code = await realserver(session, server.host, verb, { vip: [vip], yes: true, ...options });
  return { code, text: session.text(), errors: session.errors() };
}

function sysctl(server: TestServer, name: string): string {
  return server.run('cat', `/proc/sys/net/ipv4/conf/${name}`).trim();
}

describe.skipIf(why !== null)(`a video server in a network namespace${why === null ? '' : ` (${why})`}`, () => {
  test('is set up so that it has the VIP and answers no ARP for it', async () => {
    const server = testServer();
    const { code, text } = await call(server, 'apply');
    expect(text).toContain(`+ ${vip}/32 on lo`);
    expect(code).toBe(0);
    expect(server.run('ip', '-br', 'address', 'show', 'dev', 'lo')).toContain(`${vip}/32`);
    expect(server.asksArp(vip)).toBe(false);
    expect(server.asksArp(serverAddress)).toBe(true);
  });

  test('would answer ARP with the address alone, which is why the sysctls come first', async () => {
    const server = testServer();
    server.run('ip', 'address', 'add', `${vip}/32`, 'dev', 'lo');
    expect(server.asksArp(vip)).toBe(true);
    const other = testServer();
    await call(other, 'apply');
    const added = other.changes.findIndex((one) => one.includes('address add'));
    const set = other.changes.flatMap((one, at) => (/arp_/.test(one) ? [at] : []));
    expect(set.length).toBe(4);
    expect(Math.max(...set)).toBeLessThan(added);
  });

  test('is set up by plan not at all', async () => {
    const server = testServer();
    const { code, text } = await call(server, 'plan');
    expect(code).toBe(0);
    expect(text).toContain('ip address add 10.77.0.9/32 dev lo scope host\n');
    expect(text).toContain('sysctl -w net.ipv4.conf.all.arp_ignore=1\n');
    expect(server.changes).toEqual([]);
    expect(get(server.root, '/etc/sysctl.d/60-understudy-realserver.conf')).toBe(null);
  });

  test('is not changed by a second apply', async () => {
    const server = testServer();
    await call(server, 'apply');
    server.changes.length = 0;
    expect((await call(server, 'apply')).text).toBe('✔ nothing to change\n');
    expect((await call(server, 'plan')).text).toBe('✔ nothing to change\n');
    expect(server.changes).toEqual([]);
  });

  test('is as it was after remove', async () => {
    const server = testServer();
    server.run('sh', '-c', 'echo 1 > /proc/sys/net/ipv4/conf/all/arp_announce');
    const before = server.run('ip', '-o', 'address');
    await call(server, 'apply');
    const { code, text } = await call(server, 'remove');
    expect(text).toContain('✔ removed');
    expect(code).toBe(0);
    expect(server.run('ip', '-o', 'address')).toBe(before);
    expect(['all/arp_ignore', 'all/arp_announce', 'lo/arp_ignore'].map((name) => sysctl(server, name))).toEqual([
      '0',
      '1',
      '0',
    ]);
    expect(server.run('find', server.root, '-type', 'f')).toBe('');
    expect((await call(server, 'remove')).text).toContain('nothing of ours is here');
  });

  test('never answers ARP for the VIP while what `check` says is typed, one after the other', async () => {
    const server = testServer();
    const { text } = await call(server, 'check', { yes: undefined });
    const mends = text.split('\n').flatMap((line) => /^ +\$ ((?:ip|sysctl) .*)/.exec(line)?.[1] ?? []);
    expect(mends).toContain(`ip address add ${vip}/32 dev lo scope host`);
    for (const mend of mends) {
      server.run('sh', '-c', mend);
      if (mend.startsWith('ip address add')) expect(server.asksArp(vip)).toBe(false);
    }
    expect((await call(server, 'check', { yes: undefined })).text).not.toContain('BAD');
  });

  test('a remove that was killed before it put its record away can be repeated, and nothing comes back', async () => {
    const server = testServer();
    await call(server, 'apply');
    const record = get(server.root, memoryFile) ?? '';
    await call(server, 'remove');
    put(server.root, memoryFile, record);
    await call(server, 'remove');
    expect(get(server.root, memoryFile)).toBe(null);
    const { text } = await call(server, 'plan', { vip: ['10.77.0.10'] });
    expect(text).not.toContain(vip);
  });

  test('keeps a second VIP as it is, now and at boot, when the record of both is lost', async () => {
    const server = testServer();
    await call(server, 'apply', { vip: [vip, '10.77.0.10'] });
    await systemFiles.remove(server.root + memoryFile);
    await call(server, 'remove');
    expect(server.run('ip', '-br', 'address', 'show', 'dev', 'lo')).toMatch(
      /^(?!.*10\.77\.0\.9\/).*10\.77\.0\.10\/32/m,
    );
    const unit = get(server.root, '/etc/systemd/system/understudy-vip.service');
    expect(unit).toContain('10.77.0.10/32');
    expect(unit).not.toContain('10.77.0.9/32');
    expect(get(server.root, '/etc/sysctl.d/60-understudy-realserver.conf')).toContain('arp_ignore = 1');
    expect(server.changes.at(-1)).not.toContain('disable');
  });

  test('is not changed when its record cannot be written first', async () => {
    const server = testServer();
    put(server.root, '/var/lib/understudy', '');
    await expect(call(server, 'apply')).rejects.toThrow(
      /^\/var\/lib\/understudy\/realserver\.json: expected to write it, got .*; nothing was changed$/,
    );
    expect(server.changes).toEqual([]);
  });

  test.each(['apply', 'remove'] as const)('is not left half-way by %s when its reader goes away', async (verb) => {
    const server = testServer();
    if (verb === 'remove') await call(server, 'apply');
    const guarded: boolean[] = [];
    let isGuarded = false;
    const session: Session = {
      ...testSession(),
      out: { write: () => guarded.push(isGuarded) },
      interruption: () => {
        isGuarded = true;
        return new AbortController().signal;
      },
    };
    expect(await realserver(session, server.host, verb, { vip: [vip], yes: true })).toBe(0);
    expect(guarded.length).toBeGreaterThan(0);
    expect(guarded).not.toContain(false);
  });

  test('is left alone by a no, and that is said', async () => {
    const server = testServer();
    const session = testSession({ tty: true });
    const code = realserver(session, server.host, 'apply', { vip: [vip] });
    await expect.poll(session.text, { timeout: 20_000 }).toContain('Apply? [y/N] ');
    session.press('n');
    expect(await code).toBe(1);
    expect(session.errors()).toBe('nothing was changed\n');
    expect(server.changes).toEqual([]);
  });

  test('keeps an address that was there before apply, and its sysctls with it', async () => {
    const server = testServer();
    server.run('ip', 'address', 'add', `${vip}/32`, 'dev', 'lo');
    await call(server, 'apply');
    const { text } = await call(server, 'remove');
    expect(text).toContain(`left: ${vip} on lo: not put there by \`apply\``);
    expect(text).toContain(`left: the sysctls: ${vip} stays and needs them`);
    expect(sysctl(server, 'all/arp_ignore')).toBe('1');
  });

  test('takes a second VIP beside the first, and gives back one of them', async () => {
    const server = testServer();
    await call(server, 'apply');
    await call(server, 'apply', { vip: ['10.77.0.10'] });
    const unit = '/etc/systemd/system/understudy-vip.service';
    expect(get(server.root, unit)).toMatch(/10\.77\.0\.9\/32[\s\S]*10\.77\.0\.10\/32/);
    await call(server, 'remove');
    expect(server.run('ip', '-br', 'address', 'show', 'dev', 'lo')).not.toContain('10.77.0.9/32');
    expect(get(server.root, unit)).not.toContain('10.77.0.9/32');
    expect(sysctl(server, 'all/arp_ignore')).toBe('1');
    await call(server, 'remove', { vip: ['10.77.0.10'] });
    expect(sysctl(server, 'all/arp_ignore')).toBe('0');
    expect(server.run('find', server.root, '-type', 'f')).toBe('');
  });

  test.each([
    ['ip address add', 'no ip address add today'],
    ['systemctl enable', 'no systemctl enable today'],
    ['conf/lo/arp_announce', 'cannot set net.ipv4.conf.lo.arp_announce to 2'],
  ])('is as it was when %s fails half-way', async (failing, error) => {
    const server = testServer({ failing });
    const before = server.run('ip', '-o', 'address');
    await expect(call(server, 'apply')).rejects.toThrow(`${error}`);
    expect(server.run('ip', '-o', 'address')).toBe(before);
    expect(sysctl(server, 'all/arp_ignore')).toBe('0');
    expect(server.run('find', server.root, '-type', 'f')).toBe('');
  });

  test('is refused as a video server when it has the VIP on the wire', async () => {
    const server = testServer();
    const own = { vip: [serverAddress] };
    const refusal = `${serverAddress}/24 on eth0: expected it on lo only, this looks like the director`;
    await expect(call(server, 'apply', own)).rejects.toThrow(refusal);
    await expect(call(server, 'plan', own)).rejects.toThrow(refusal);
    expect((await call(server, 'remove', own)).text).toContain('left: 10.77.0.2 on eth0');
    expect(server.changes).toEqual([]);
    const { code, text } = await call(server, 'check', own);
    expect(text).toContain('this looks like the director');
    expect(code).toBe(1);
  });

  test('is refused with a VIP whose prefix on lo is too short', async () => {
    const server = testServer();
    server.run('ip', 'address', 'add', `${vip}/24`, 'dev', 'lo');
    await expect(call(server, 'apply')).rejects.toThrow('take it away with `ip address del 10.77.0.9/24 dev lo`');
  });

  test('is checked: what is missing is bad, with the command that mends it', async () => {
    const server = testServer();
    const before = await call(server, 'check');
    expect(before.code).toBe(1);
    expect(before.text).toContain('$ ip address add 10.77.0.9/32 dev lo scope host');
    expect(before.text).toContain('$ sysctl -w net.ipv4.conf.all.arp_ignore=1');
    await call(server, 'apply');
    const after = await call(server, 'check');
    expect(after.text).toContain('✔ all 4 things looked at ok');
    expect(after.code).toBe(0);
  });

  test('is checked: a device whose own arp_ignore is louder is named, and apply mends it', async () => {
    const server = testServer();
    await call(server, 'apply');
    server.run('sh', '-c', 'echo 3 > /proc/sys/net/ipv4/conf/eth0/arp_ignore');
    const { code, text } = await call(server, 'check');
    expect(code).toBe(1);
    expect(text).toContain('$ sysctl -w net.ipv4.conf.eth0.arp_ignore=1');
    await call(server, 'apply');
    expect((await call(server, 'check')).code).toBe(0);
  });

  test('is checked: a program on its own address only is deaf on the VIP, one on every address is not', async () => {
    const server = testServer();
    await call(server, 'apply');
    await server.listen(serverAddress, 554);
    await server.listen('0.0.0.0', 1935);
    await server.listen('::', 8080);
    const { code, text } = await call(server, 'check', { port: ['554', '1935', '8080', '8443/tcp'] });
    expect(code).toBe(1);
    expect(text).toMatch(/✖ BAD +port 554 +deaf on the VIP: listens on 10\.77\.0\.2 only/);
    expect(text).toMatch(/✔ ok +port 1935 +tcp listens on every address/);
    expect(text).toMatch(/✔ ok +port 8080 +tcp listens on every IPv6 address/);
    expect(text).toMatch(/✖ BAD +tcp 8443 +nobody listens/);
    expect((await call(server, 'check')).text).toMatch(/✖ BAD +tcp 554 +deaf on the VIP/);
  });

  test('needs the address alone for IPv6, and drops it again', async () => {
    const server = testServer();
    const six = { vip: ['2001:DB8::0:9'] };
    await call(server, 'apply', six);
    expect(server.changes.filter((one) => !one.startsWith('systemctl'))).toEqual([
      'ip address add 2001:db8::9/128 dev lo nodad',
    ]);
    expect((await call(server, 'check', six)).code).toBe(0);
    await call(server, 'remove', six);
    expect(server.run('ip', '-6', 'address', 'show', 'dev', 'lo')).not.toContain('2001:db8::9');
  });

  test('is kept by networkd: beside the file that lo has already, or in one of its own', async () => {
    const server = testServer({ networkd: 'enabled' });
    await call(server, 'apply');
    const own = get(server.root, '/etc/systemd/network/60-understudy-vip.network');
    expect(own).toContain('[Match]\nName=lo\n\n[Address]\nAddress=10.77.0.9/32\n');
    const other = testServer({ networkd: 'enabled' });
    put(other.root, '/etc/systemd/network/10-lo.network', '[Match]\nName=l? dummy*\n[Network]\n');
    await call(other, 'apply');
    const dropIn = get(other.root, '/etc/systemd/network/10-lo.network.d/60-understudy-vip.conf');
    expect(dropIn).toContain('[Address]\nAddress=10.77.0.9/32\n');
    expect(dropIn).not.toContain('[Match]');
    await call(other, 'remove');
    expect(other.run('find', other.root, '-type', 'f')).toBe(`${other.root}/etc/systemd/network/10-lo.network\n`);
  });

  test('is kept by ifupdown where it takes in a folder', async () => {
    const server = testServer();
    put(server.root, '/etc/network/interfaces', 'auto lo\niface lo inet loopback\nsource interfaces.d/*.cfg\n');
    await call(server, 'apply');
    expect(get(server.root, '/etc/network/interfaces.d/understudy-vip.cfg')).toContain(
      'iface lo inet manual\n    up ip address replace 10.77.0.9/32 dev lo scope host\n',
    );
  });

  test('says that the setup ends with the next boot where nothing can keep it', async () => {
    const { text } = await call(testServer({ networkd: null }), 'apply');
    expect(text).toContain('▲ the addresses last until the next boot');
  });

  test('never overwrites or removes a file of someone else', async () => {
    const server = testServer();
    const path = '/etc/sysctl.d/60-understudy-realserver.conf';
    put(server.root, path, '# mine\n');
    await expect(call(server, 'apply')).rejects.toThrow(`${path} is not ours`);
    await call(server, 'remove');
    expect(get(server.root, path)).toBe('# mine\n');
    expect(server.changes).toEqual([]);
  });

  test('without its record, gives back the address and the files and says what it left', async () => {
    const server = testServer();
    await call(server, 'apply');
    await server.host.files.remove('/var/lib/understudy/realserver.json');
    const { text } = await call(server, 'remove');
    expect(text).toContain('net.ipv4.conf.lo.arp_announce: not known how they were before');
    expect(server.run('ip', '-br', 'address', 'show', 'dev', 'lo')).not.toContain(vip);
    expect(sysctl(server, 'all/arp_ignore')).toBe('1');
  });

  test('with a record that cannot be read, is not changed', async () => {
    const server = testServer();
    put(server.root, '/var/lib/understudy/realserver.json', '{"version": 2}');
    await expect(call(server, 'apply')).rejects.toThrow('/var/lib/understudy/realserver.json cannot be read');
    expect(server.changes).toEqual([]);
  });

  test('with a tunnel gets the VIP on its device, which is down again after remove', async () => {
    const server = testServer();
    // The kernel here may lack the module; any device of that name has the same settings.
    server.run('ip', 'link', 'add', 'tunl0', 'type', 'veth', 'peer', 'name', 'tunl1');
    server.run('sh', '-c', 'echo 1 > /proc/sys/net/ipv4/conf/all/rp_filter');
    expect((await call(server, 'apply', { forward: 'tun' })).code).toBe(0);
    expect(server.run('ip', '-br', 'address', 'show', 'dev', 'tunl0')).toContain(`${vip}/32`);
    expect(sysctl(server, 'tunl0/rp_filter')).toBe('2');
    expect(sysctl(server, 'all/rp_filter')).toBe('1');
    expect(get(server.root, '/etc/modules-load.d/understudy-realserver.conf')).toContain('\nipip\n');
    const checked = await call(server, 'check');
    expect(checked.text).toMatch(/✔ ok +rp_filter of tunl0 +2 /);
    expect(checked.code).toBe(0);
    await expect(call(server, 'apply', { forward: 'dr' })).rejects.toThrow(
      'set up with --forward tun, got dr; take that away first: understudy realserver remove --vip 10.77.0.9',
    );
    await call(server, 'remove');
    expect(server.run('ip', '-br', 'address', 'show', 'dev', 'tunl0')).toMatch(/^tunl0@tunl1 +DOWN *\n$/);
    expect(server.run('find', server.root, '-type', 'f')).toBe('');
  });

  test('leaves a setting that someone changed since', async () => {
    const server = testServer();
    await call(server, 'apply');
    server.run('sh', '-c', 'echo 8 > /proc/sys/net/ipv4/conf/all/arp_ignore');
    const { text } = await call(server, 'remove');
    expect(text).toContain('left: net.ipv4.conf.all.arp_ignore: set to 8 by someone else since');
    expect(sysctl(server, 'all/arp_ignore')).toBe('8');
    expect(sysctl(server, 'lo/arp_ignore')).toBe('0');
  });

  test('moves what keeps it when the host does that in another way', async () => {
    const server = testServer();
    await call(server, 'apply');
    put(server.root, '/etc/network/interfaces', 'source-directory /etc/network/interfaces.d\n');
    await call(server, 'apply');
    expect(get(server.root, '/etc/network/interfaces.d/understudy-vip')).toContain(vip);
    expect(get(server.root, '/etc/systemd/system/understudy-vip.service')).toBe(null);
    await call(server, 'remove');
    expect(server.run('find', server.root, '-type', 'f')).toBe(`${server.root}/etc/network/interfaces\n`);
  });

  test('is told of a program that takes IPv6 alone: it is deaf on an IPv4 VIP', async () => {
    const server = testServer();
    await call(server, 'apply');
    await server.listen('::', 554, true);
    const { code, text } = await call(server, 'check', { port: ['554'] });
    expect(text).toMatch(/✖ BAD +port 554 +deaf on the VIP: listens on every IPv6 address only/);
    expect(code).toBe(1);
  });

  test('is warned of a later file that sets a sysctl back at the next boot', async () => {
    const server = testServer();
    put(server.root, '/etc/sysctl.d/99-hardening.conf', 'net.ipv4.conf.all.arp_announce = 0\n');
    await call(server, 'apply');
    const { code, text } = await call(server, 'check');
    expect(text).toContain("$ sed -i '/all.arp_announce/d' /etc/sysctl.d/99-hardening.conf");
    expect(code).toBe(0);
  });

  test('is looked at by the whole program from inside, as anybody may', async () => {
    const server = testServer();
    const program = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
    const loader = fileURLToPath(new URL('../../store/run-typescript.mjs', import.meta.url));
    const words = ['realserver', 'check', '--vip', vip, '--port', '554', '--port', '1935/tcp', '--vip', '10.77.0.10'];
    const node = [process.execPath, '--import', loader, program, ...words].map((word) => `'${word}'`).join(' ');
    const said = server.run('sh', '-c', `${node} 2>&1; echo "exit $?"`);
    expect(said).toMatch(/BAD +vip 10\.77\.0\.10 +not on this machine/);
    expect(said).toMatch(/BAD +tcp 1935 +nobody listens/);
    expect(said).toMatch(/exit 1\n$/);
  }, 90_000);

  test('is fixed by doctor --fix where it is a director with nat', async () => {
    const server = testServer();
    const file = join(server.root, 'understudy.yaml');
    writeFileSync(
      file,
      [
        'servers: { edge1: { address: 10.77.0.3 } }',
        'monitors: { tcp: { type: tcp, port: 554 } }',
        'watches: { edges: { servers: [edge1], monitors: [tcp], alerts: [failover] } }',
        'virtual_services: { web: { tcp: "10.77.0.2:80", forward: nat, scheduler: rr, servers: [edge1] } }',
        'alerts: { failover: { type: ipvs } }',
      ].join('\n'),
    );
    const session = testSession({ columns: 120 });
    const parts = {
      host: server.host,
      readConfig: async () => readConfig(file, {}),
      defaultConfigFile: file,
    };
    server.run('sh', '-c', 'echo 0 > /proc/sys/net/ipv4/ip_forward');
    await doctor(session, parts, { fix: true });
    expect(session.text()).toContain('set net.ipv4.ip_forward: 0 to 1\n');
    expect(session.text()).toMatch(/✔ ok +vip 10\.77\.0\.2 +on eth0/);
    expect(server.run('cat', '/proc/sys/net/ipv4/ip_forward')).toBe('1\n');
    expect(server.run('cat', '/proc/sys/net/ipv4/conf/eth0/send_redirects')).toBe('0\n');
  });

  test('says all of it as JSON too', async () => {
    const server = testServer();
    const planned = JSON.parse((await call(server, 'plan', { json: true })).text) as { commands: string[] };
    expect(planned.commands[0]).toBe('sysctl -w net.ipv4.conf.all.arp_ignore=1');
    const applied = JSON.parse((await call(server, 'apply', { json: true })).text) as { changed: unknown[] };
    expect(applied.changed).toHaveLength(8);
    const checked = JSON.parse((await call(server, 'check', { json: true })).text) as { state: string }[];
    expect(checked.map(({ state }) => state)).toEqual(['ok', 'ok', 'ok', 'ok']);
    const removed = JSON.parse((await call(server, 'remove', { json: true })).text) as { leaves: unknown[] };
    expect(removed.leaves).toEqual([]);
  });

  test('the commands of a plan, typed into a shell, set it up as apply does', async () => {
    const server = testServer();
    const { text } = await call(server, 'plan', { json: true });
    const { commands } = JSON.parse(text) as { commands: string[] };
    const typed = commands.filter((line) => /^(sysctl|ip) /.test(line)).join(' && ');
    server.run('sh', '-c', typed);
    const { steps } = JSON.parse((await call(server, 'plan', { json: true })).text) as { steps: { op: string }[] };
    expect(steps.map(({ op }) => op)).toEqual(['file', 'file', 'enable']);
  });
});

describe('realserver', () => {
  const nobody: Host = { ...paperHost({}, {}), uid: 1000 };
  const say = (verb: string, options: object, session = testSession()) =>
    realserver(session, nobody, verb, { vip: [vip], ...options });

  test('changes something for root only', async () => {
    await expect(say('apply', { yes: true })).rejects.toThrow('realserver apply: expected root, got user id 1000');
    await expect(say('remove', { yes: true })).rejects.toThrow('realserver remove: expected root, got user id 1000');
  });

  test('is asked in the words it knows', async () => {
    await expect(say('aply', {})).rejects.toThrow('expected plan, apply, check, remove, got `aply`');
    await expect(say('plan', { vip: [] })).rejects.toThrow(
      '--vip: expected the address that viewers connect to, got none',
    );
  });

  test('without ip(8), says that it cannot look', async () => {
    await expect(say('plan', {})).rejects.toThrow('cannot list the addresses of this machine');
  });

  test('wants --yes where nobody can be asked, and a no changes nothing', async () => {
    const addresses = JSON.stringify([{ ifname: 'lo', flags: ['UP'], mtu: 65_536, addr_info: [] }]);
    const host = paperHost({}, { 'ip -j -d address show': addresses });
    await expect(realserver(testSession(), host, 'apply', { vip: [vip] })).rejects.toThrow('expected --yes');
    const session = testSession({ tty: true });
    const asked = realserver(session, host, 'apply', { vip: [vip] });
    await expect.poll(() => session.text()).toContain('Apply? [y/N]');
    session.press('n');
    expect(await asked).toBe(1);
    expect([...host.paper]).toEqual([]);
  });
});
