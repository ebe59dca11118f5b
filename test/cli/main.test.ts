import { describe, expect, test } from 'vitest';
import type { Parts } from '../../src/cli/command.ts';
import { commandGroups, commands } from '../../src/cli/commands.ts';
import { main } from '../../src/main.ts';
import { badNight, fakeControl } from '../http/fake-control.ts';
import { serve, tempFolder } from '../http/harness.ts';
import { testSession } from './terminal.ts';

const parts: Parts = {
  runDaemon: async () => 0,
  readConfig: async (file) => ({ config: null, problems: [`${file}:1:1: wrong`], warnings: [] }),
  probeLocally: async () => [],
  jsonSchema: async () => ({ title: 'Understudy configuration' }),
  openKernel: async () => {
    throw new Error('not asked');
  },
};

async function run(...args: readonly string[]) {
  const session = testSession();
  const code = await main(args, session, parts);
  return { code, text: session.text(), errors: session.errors() };
}

describe('the command line', () => {
  test('lists every command in its help, with a line for each', async () => {
    const { code, text, errors } = await run('--help');
    const words = text.replace(/\s+/g, ' ');
    for (const { name, about } of commands) {
      expect(words).toContain(` ${name} `);
      expect(words).toContain(about);
    }
    expect(text).toContain('Exit status: 0 fine, 1 refused or failed, 2 wrong usage or no daemon.');
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
  });

  test('shows them in groups', async () => {
    const { text } = await run('--help');
    for (const { heading, commands: own } of commandGroups) {
      const [, block = ''] = text.split(`\n${heading}\n`);
      const names = [...(block.split('\n\n')[0] ?? '').matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) => name);
      expect(names).toEqual(own.map(({ name }) => name));
    }
  });

  test.each(commands.map(({ name }) => name))('%s --help has an example that starts with its name', async (name) => {
    const { code, text } = await run(name, '--help');
    expect(text).toContain(`Usage: understudy ${name}`);
    expect(text).toContain('Examples:\n  $ understudy ');
    expect(code).toBe(0);
  });

  test('prints the version of the package', async () => {
    expect(await run('--version')).toMatchObject({ code: 0, text: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  test.each([
    [['statsu'], "unknown command 'statsu'\n(Did you mean status?)"],
    [['status', '--jsno'], "unknown option '--jsno'\n(Did you mean --json?)"],
    [['drain'], "missing required argument 'SERVER'"],
    [['drain', 'edge1', 'edge2'], 'too many arguments'],
    [['drain', 'edge1', '--for'], "option '--for <DURATION>' argument missing"],
    [['drain', 'edge1', '--for', 'soon'], '--for: expected a duration such as 90s, 30m, 2h, 1d, got `soon`'],
    [['realserver', '--vip', '10.0.0', 'check'], '--vip: expected an IP address, got `10.0.0`'],
    [['realserver', '--vip', '10.0.0.1', 'chekc'], 'expected plan, apply, check, remove, got `chekc`'],
    [['realserver', '--vip', '10.0.0.1', '--vip', '10.0.0', 'check'], '--vip: expected an IP address, got `10.0.0`'],
    [['realserver', '--vip', '10.0.0.1', '10.0.0.2', 'check'], 'too many arguments'],
    [['agent', '--only-from', '10.0.0.1', 'cpu', '0', '--once'], 'cpu: expected a number from 1 to 10000, got `0`'],
    [['status', '--config', '/nowhere/x.yaml'], '/nowhere/x.yaml: expected a configuration to read, got ENOENT'],
    [[], 'Usage: understudy [options] [command]'],
  ])('%j is wrong usage: one clear line on stderr and exit status 2', async (args, error) => {
    const { code, text, errors } = await run(...args);
    expect(errors).toContain(error);
    expect({ code, text }).toEqual({ code: 2, text: '' });
  });

  test('no daemon is exit status 2, a refusal 1', async () => {
    const nobody = `${tempFolder()}/control.sock`;
    expect(await run('status', '--socket', nobody)).toEqual({
      code: 2,
      text: '',
      errors: `no daemon answers on ${nobody}: expected a running understudy, got ENOENT; start it with: systemctl start understudy\n`,
    });
    const { path } = await serve(fakeControl(badNight()));
    expect(await run('explain', 'egde1', '--socket', path)).toEqual({
      code: 1,
      text: '',
      errors: 'no server is called `egde1`, did you mean `edge1`\n',
    });
  });

  test('hands arguments and options to the command', async () => {
    const control = fakeControl(badNight());
    const { path } = await serve(control);
    await run('drain', 'edge1', '--for', '30m', '--why', 'kernel update', '--socket', path);
    await run('probe', 'edge1', 'rtsp', '--socket', path);
    expect(control.asked).toEqual([
      ['hold', 'edge1', { kind: 'drain', forMs: 1_800_000, why: 'kernel update', by: 'anna' }],
      ['probe', 'edge1', 'rtsp'],
    ]);
    expect((await run('check-config', 'a.yaml')).text).toContain('a.yaml:1:1: wrong\n');
    expect((await run('check-config', '--config', 'b.yaml')).text).toContain('b.yaml:1:1: wrong\n');
    expect(JSON.parse((await run('schema')).text)).toEqual({ title: 'Understudy configuration' });
  });

  test('does not let an error speak to the terminal', async () => {
    const session = testSession();
    const failing: Parts = { ...parts, jsonSchema: () => Promise.reject(new Error('a\x1b[2Jb\nc')) };
    expect(await main(['schema'], session, failing)).toBe(1);
    expect(session.errors()).toBe('a [2Jb\nc\n');
  });
});
