import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { command } from '../../monitors/command.ts';
import { monitorSchema } from '../../src/config/sections/monitors/monitors.ts';
import { contextOf, loopback, runCheck } from './context.ts';
import { prepare } from './sample.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-command-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

function shell(script: string, convention = 'exit') {
  return prepare(command, { run: ['/bin/sh', '-c', script], convention });
}

/** Whether a process is there; a zombie that waits for its new parent is not. */
async function isAlive(pid: string): Promise<boolean> {
  const stat = await readFile(`/proc/${pid.trim()}/stat`, 'utf8').catch(() => ') Z');
  return !/\) Z/.test(stat);
}

async function pidFrom(file: string): Promise<string> {
  await expect.poll(() => readFile(join(folder, file), 'utf8').catch(() => ''), { interval: 5 }).toMatch(/^\d+\n$/);
  return readFile(join(folder, file), 'utf8');
}

describe('command', () => {
  it.each([
    ['exit', 'exit 0', 'ok', 'exit status 0'],
    ['exit', 'exit 3', 'fail', 'exit status 3'],
    ['exit', 'echo all well; echo more', 'ok', 'all well'],
    ['exit', 'echo; echo "  disk full"; exit 1', 'fail', 'disk full'],
    ['exit', 'echo why >&2; exit 1', 'fail', 'why'],
    ['exit', 'kill -9 $$', 'unknown', '`/bin/sh`: ended by SIGKILL'],
    ['exit', 'kill -ALRM $$', 'fail', 'no verdict'],
    ['nagios', 'kill -ALRM $$', 'unknown', 'no verdict'],
    ['exit', 'exit 127', 'unknown', '`/bin/sh`: not found'],
    ['exit', 'exit 126', 'unknown', '`/bin/sh`: not executable'],
    ['exit', 'printf "a\\033[31mb\\n"; exit 1', 'fail', 'a [31mb'],
    ['nagios', 'echo "OK - fine | t=1"', 'ok', 'OK - fine'],
    ['nagios', 'echo "WARNING - hot | t=9"; exit 1', 'overloaded', 'WARNING - hot'],
    ['nagios', 'echo "CRITICAL - dead"; exit 2', 'fail', 'CRITICAL - dead'],
    ['nagios', 'echo "UNKNOWN - odd"; exit 3', 'unknown', 'UNKNOWN - odd'],
    ['nagios', 'exit 77', 'unknown', 'exit status 77'],
  ])('by the convention %s takes `%s` for %s', async (convention, script, status, summary) => {
    expect(await runCheck(shell(script, convention))).toMatchObject({ status, summary });
  });

  it('fills the target in, in arguments and environment, and passes no secrets on', async () => {
    process.env['UNDERSTUDY_TEST_SECRET'] = 'hush';
    const script = 'echo "$0 $1 $UNDERSTUDY_SERVER $UNDERSTUDY_ADDRESS [$UNDERSTUDY_TEST_SECRET]"';
    const check = prepare(command, { run: ['/bin/sh', '-c', script, '{server}', 'rtsp://{address}/'] });
    expect(await runCheck(check)).toMatchObject({ summary: 'edge1 rtsp://127.0.0.1/ edge1 127.0.0.1 []' });
    delete process.env['UNDERSTUDY_TEST_SECRET'];
  });

  it('does not blame the server for a program that cannot be started', async () => {
    const missing = prepare(command, { run: [join(folder, 'missing')] });
    expect(await runCheck(missing)).toMatchObject({ status: 'unknown', summary: expect.stringContaining('not found') });
    const plainFile = join(folder, 'plain');
    await writeFile(plainFile, 'true\n');
    expect(await runCheck(prepare(command, { run: [plainFile] }))).toMatchObject({
      status: 'unknown',
      summary: expect.stringContaining('not executable'),
    });
  });

  it('keeps the performance data of a Nagios plugin as measures', async () => {
    const verdict = await runCheck(shell('echo "PING OK | rta=12.5ms;100;200;0; pl=0%;10;20;;"', 'nagios'));
    expect(verdict).toMatchObject({ summary: 'PING OK', measures: { rta_s: 0.0125, pl_percent: 0 } });
  });

  it('gives a program the variables of the configuration, which win', async () => {
    const run = ['/bin/sh', '-c', 'echo "$MON_STATEDIR $UNDERSTUDY_SERVER"'];
    const check = prepare(command, { run, env: { MON_STATEDIR: '/var/lib/mon', UNDERSTUDY_SERVER: 'x' } });
    expect(await runCheck(check)).toMatchObject({ summary: '/var/lib/mon x' });
    expect(command.options.safeParse({ run, env: { 'A=B': 'c' } }).success).toBe(false);
  });

  it.each([
    ['exit', { status: 'fail', summary: 'no verdict', silent: true }],
    ['nagios', { status: 'unknown', summary: 'no verdict' }],
    ['mon', { status: 'fail', summary: 'no verdict', silent: true }],
  ])(
    'by the convention %s ends a hanging program and its whole group at the deadline',
    async (convention, expected) => {
      const script = `sleep 300 & echo $! > ${folder}/child; wait`;
      expect(await runCheck(shell(script, convention), 400)).toMatchObject(expected);
      const pid = await pidFrom('child');
      await expect.poll(() => isAlive(pid), { interval: 5 }).toBe(false);
    },
  );

  it('ends what a program leaves behind in its group, and does not wait for it', async () => {
    const script = `sleep 300 & echo $! > ${folder}/child; echo done`;
    expect(await runCheck(shell(script))).toMatchObject({ status: 'ok', summary: 'done' });
    const pid = await pidFrom('child');
    await expect.poll(() => isAlive(pid), { interval: 5 }).toBe(false);
  });

  it('does not wait for a child that left the group and keeps the pipe open', async () => {
    const script = `setsid sleep 300 & echo $! > ${folder}/child; echo done`;
    expect(await runCheck(shell(script))).toMatchObject({ status: 'ok', summary: 'done' });
    const pid = await pidFrom('child');
    if (await isAlive(pid)) process.kill(Number(pid), 'SIGKILL');
  });

  it('stops a program that writes without end', async () => {
    expect(await runCheck(shell('yes'))).toMatchObject({
      status: 'unknown',
      summary: '`/bin/sh`: output longer than 64 kB',
    });
  });

  it('rejects at once and ends the program when it is aborted for another reason', async () => {
    const abort = new AbortController();
    const reason = new Error('shutdown');
    const outcome = shell(`echo $$ > ${folder}/self; exec sleep 300`)(loopback, contextOf(abort.signal)).catch(
      (error: unknown) => error,
    );
    const pid = await pidFrom('self');
    abort.abort(reason);
    expect(await outcome).toBe(reason);
    await expect.poll(() => isAlive(pid), { interval: 5 }).toBe(false);
  });
});

describe('command with a monitor of mon', () => {
  const edges = [1, 2, 3].map((at) => ({ server: `edge${at}`, address: `127.0.0.${at}` }));

  /** Notes how it was called, then goes on as told. */
  async function monitor(script: string): Promise<readonly string[]> {
    const file = join(folder, 'x.monitor');
    await writeFile(file, `#!/bin/sh\necho "$@" >> ${folder}/calls\n${script}\n`, { mode: 0o755 });
    return [file, '-p', '554'];
  }

  const calls = async () => (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n');

  /** As the configuration does: each check is prepared for itself. */
  const checkAll = (options: object, deadlineMs = 5000) =>
    Promise.all(edges.map((edge) => runCheck(prepare(command, { ...options, convention: 'mon' }), deadlineMs, edge)));

  it('starts it once for all servers, and tells each its own verdict', async () => {
    const run = await monitor('echo 127.0.0.2; echo; echo "127.0.0.2 could not connect: refused"; exit 1');
    expect(await checkAll({ run })).toMatchObject([
      { status: 'ok', summary: 'not reported as failed' },
      { status: 'fail', summary: 'could not connect: refused' },
      { status: 'ok' },
    ]);
    expect(await calls()).toEqual(['-p 554 127.0.0.1 127.0.0.2 127.0.0.3']);
  });

  it('blames nobody when it is late for several, and finds out who hangs one by one', async () => {
    const run = await monitor('case "$*" in *127.0.0.2*) exec sleep 300;; esac');
    const unknown = { status: 'unknown', summary: 'no verdict' };
    expect(await checkAll({ run }, 400)).toMatchObject([unknown, unknown, unknown]);
    expect(await checkAll({ run }, 400)).toMatchObject([
      { status: 'ok' },
      { status: 'fail', summary: 'no verdict', silent: true },
      { status: 'ok' },
    ]);
    expect(await checkAll({ run }, 400)).toMatchObject([{ status: 'ok' }, { status: 'fail' }, { status: 'ok' }]);
    const seen = await calls();
    expect(seen.slice(1, 4).toSorted()).toEqual(['-p 554 127.0.0.1', '-p 554 127.0.0.2', '-p 554 127.0.0.3']);
    expect(seen.slice(4).toSorted()).toEqual(['-p 554 127.0.0.1 127.0.0.3', '-p 554 127.0.0.2']);
  });

  it('tells it of its run before', async () => {
    const run = await monitor('echo "was [$MON_LAST_SUMMARY]"');
    await checkAll({ run });
    const [verdict] = await checkAll({ run });
    expect(verdict?.detail).toBe('was [was []]');
  });

  it('adds no hosts after `;;`, and asks for each server then', async () => {
    const run = await monitor('echo "$UNDERSTUDY_ADDRESS"; exit 1');
    expect(await checkAll({ run: [...run, ';;'] })).toMatchObject(edges.map(() => ({ status: 'fail' })));
    expect(await calls()).toEqual(['-p 554', '-p 554', '-p 554']);
  });

  it('ends it when nobody waits any more', async () => {
    const run = await monitor(`echo $$ > ${folder}/self; exec sleep 300`);
    const abort = new AbortController();
    const check = prepare(command, { run, convention: 'mon' });
    const outcome = check(loopback, contextOf(abort.signal)).catch((error: unknown) => error);
    const pid = await pidFrom('self');
    const reason = new Error('shutdown');
    abort.abort(reason);
    expect(await outcome).toBe(reason);
    await expect.poll(() => isAlive(pid), { interval: 5 }).toBe(false);
  });
});

describe('command in a configuration', () => {
  it('tells people of a warning and leaves the table as it is, unless the configuration says otherwise', () => {
    expect(monitorSchema(command).parse({ type: 'command' }).on_limit).toBe('warn');
    expect(monitorSchema(command).parse({ type: 'command', on_limit: 'drain' }).on_limit).toBe('drain');
    expect(monitorSchema().parse({ type: 'tcp' }).on_limit).toBe('drain');
  });

  it('begins its checks together where one run is for all of them', () => {
    const together = (convention: string) => command.together?.(command.options.parse({ run: ['x'], convention }));
    expect([together('mon'), together('nagios'), together('exit')]).toEqual([true, false, false]);
  });
});
