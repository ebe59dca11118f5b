/** Plugins of the Monitoring Plugins project, as they come. */
import { describe, expect, it } from 'vitest';
import { command } from '../../../monitors/command.ts';
import { closedPort, listen } from '../bad-servers.ts';
import { runCheck } from '../context.ts';
import { findProgram, whyNot } from '../real-programs.ts';
import { prepare } from '../sample.ts';

const folder = 'usr/lib/nagios/plugins';
const checkTcp = findProgram(`${folder}/check_tcp`);
const checkLoad = findProgram(`${folder}/check_load`);

describe.skipIf(checkTcp === null || checkLoad === null)(`real Nagios plugins${whyNot(checkTcp)}`, () => {
  const plugin = (program: typeof checkTcp, ...args: readonly string[]) =>
    prepare(command, {
      run: [program?.file ?? '', ...args],
      convention: 'nagios',
      env: program?.env ?? {},
    });

  it('finds an open port, and keeps the performance data', async () => {
    const server = await listen((socket) => void socket.resume());
    const verdict = await runCheck(plugin(checkTcp, '-H', '{address}', '-p', `${server.port}`, '-t', '5'), 10_000);
    await server.close();
    expect(verdict).toMatchObject({ status: 'ok', summary: expect.stringMatching(/^TCP OK - /) });
    expect(Object.keys(verdict.measures ?? {})).toEqual(['time_s']);
  });

  it('finds a closed port', async () => {
    const check = plugin(checkTcp, '-H', '{address}', '-p', `${await closedPort()}`, '-t', '5');
    expect(await runCheck(check, 10_000)).toMatchObject({
      status: 'fail',
      summary: expect.stringContaining('Connection refused'),
    });
  });

  it.each([
    ['ok', '1000,1000,1000', '2000,2000,2000', 'OK'],
    ['overloaded', '0,0,0', '2000,2000,2000', 'WARNING'],
    ['fail', '0,0,0', '0,0,0', 'CRITICAL'],
  ])('takes the load for %s', async (status, warn, crit, word) => {
    const verdict = await runCheck(plugin(checkLoad, '-w', warn, '-c', crit), 10_000);
    expect(verdict).toMatchObject({ status, summary: expect.stringContaining(word) });
    expect(Object.keys(verdict.measures ?? {})).toEqual(['load1', 'load5', 'load15']);
  });

  it('takes a wrong use for unknown', async () => {
    expect(await runCheck(plugin(checkTcp, '--no-such-option'), 10_000)).toMatchObject({ status: 'unknown' });
  });
});
