import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { command } from '../../monitors/command.ts';
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
    ['exit', 'kill -9 $$', 'fail', 'ended by SIGKILL'],
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

  it.each([
    ['exit', { status: 'fail', summary: 'no verdict', silent: true }],
    ['nagios', { status: 'unknown', summary: 'no verdict' }],
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
    expect(await runCheck(shell('yes'))).toMatchObject({ status: 'fail', summary: 'output longer than 64 kB' });
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
