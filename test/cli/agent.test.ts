import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fromWords, settingsFor } from '../../src/cli/agent.ts';
import type { Parts } from '../../src/cli/command.ts';
import { readReport } from '../../src/formats/agent-report.ts';
import { main } from '../../src/main.ts';
import { tempFolder } from '../http/harness.ts';
import { closedPort } from '../monitors/bad-servers.ts';
import { testSession } from './terminal.ts';

const unused = () => Promise.reject(new Error('not asked'));
const parts: Parts = {
  runDaemon: unused,
  readConfig: unused,
  probeLocally: unused,
  jsonSchema: unused,
  openKernel: unused,
};

async function run(...args: readonly string[]) {
  const session = testSession();
  const code = await main(['agent', ...args], session, parts);
  return { code, text: session.text(), errors: session.errors() };
}

function written(text: string): string {
  const file = join(tempFolder(), 'agent.yaml');
  writeFileSync(file, text);
  return file;
}

describe('a wrong start is refused with status 2 and one line for each problem', () => {
  test.each([
    [['cpu', '90', 'pubishers', '100'], /did you mean `publishers`\?\n$/],
    [['cpu'], 'cpu: expected a limit after it, got nothing\n'],
    [['cpu', '0'], 'cpu: expected a number from 1 to 10000, got `0`\n'],
    [['--port', 'x'], '--port: expected a port from 1 to 65535, got `x`\n'],
    [['--bind', '10.10.3.20'], '--bind: expected `only-from` beside an address that others reach\n'],
    [['--last-word', 'maint', '--hold', 'x'], /^--hold: expected a duration .*\n--last-word: expected `up`.*\n$/],
    [['--config', '/nowhere/agent.yaml'], '/nowhere/agent.yaml: cannot be read: no such file\n'],
    [['--config', 'x.yaml', 'cpu', '90'], 'expected limits and options in the file or on the command line, got both\n'],
    [['--speed', '9'], /^unknown option '--speed'/],
  ])('%j', async (args, errors) => {
    expect(await run(...args)).toEqual({
      code: 2,
      text: '',
      errors: typeof errors === 'string' ? errors : expect.stringMatching(errors),
    });
  });

  test('a file is told with its line and column', async () => {
    const file = written('limits:\n  cpu: 90\n  pubishers: 100\nonly_from: [edge1]\nhold: soon\n');
    const { code, errors } = await run('--config', file);
    expect(code).toBe(2);
    expect(errors.replaceAll(file, 'agent.yaml').split('\n')).toEqual([
      'agent.yaml:3:3: unknown key `pubishers`, did you mean `publishers`?',
      'agent.yaml:4:13: expected an IP address (names are not looked up), got `edge1`',
      'agent.yaml:5:7: expected a duration such as 100ms, 1s, 5m, 2h, got `soon`',
      '',
    ]);
  });
});

test('words and options say the same as a file', () => {
  const words = ['cpu', '70', 'band-out', '900'];
  const options = {
    onlyFrom: ['10.10.3.5,10.10.3.6', '192.168.7.0/24'],
    port: '9708',
    measure: 'busy',
    diskPath: ['/', '/video'],
    every: '2s',
    withoutData: 'hold',
    lastWord: 'down #planned work',
  };
  const file = written(`
limits: { cpu: 70, band_out: 900 }
only_from: [10.10.3.5, 10.10.3.6, 192.168.7.0/24]
port: 9708
measure: busy
disk_paths: [/, /video]
every: 2s
without_data: hold
last_word: "down #planned work"
`);
  expect(fromWords(words, options)).toEqual(settingsFor([], { config: file }));
});

test('an empty file is the old script, and so is the sample but for what it says', () => {
  expect(settingsFor([], { config: written('# nothing\n') })).toEqual(settingsFor([], {}));
  const sample = fileURLToPath(new URL('../../etc/agent.yaml', import.meta.url));
  expect(settingsFor([], { config: sample }).limits).toMatchObject({ cpu: 90 });
});

test('--once prints the answer and its figures, and opens no port', async () => {
  const { code, text, errors } = await run('--once', 'cpu', '10000', 'memory', '100');
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  expect(JSON.parse(text)).toMatchObject({ answer: 'up 100%', limits: { cpu: 10_000, memory: 100 } });
});

test('loads no native module: it runs where nothing was compiled', () => {
  const root = resolve(import.meta.dirname, '../..');
  const seen = new Set<string>();
  const packages = new Set<string>();
  const walk = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const pattern = /(?:^|\n)\s*(?:import|export)\s+(?!type\s)(?:[^'";]*?\sfrom\s+)?'([^']+)'/g;
    for (const [, to = ''] of readFileSync(join(root, file), 'utf8').matchAll(pattern)) {
      if (to.startsWith('.')) walk(join(dirname(file), to));
      else if (!to.startsWith('node:')) packages.add(to);
    }
  };
  // What the command line loads for everybody, and what this command loads by and by.
  for (const file of ['src/main.ts', 'src/cli/agent.ts', 'src/system/log.ts']) walk(file);
  expect([...packages].sort()).toEqual(['commander', 'ipaddr.js', 'pino', 'pino-pretty', 'yaml', 'zod']);
});

describe('the running agent', () => {
  async function start(port: number, ...args: readonly string[]) {
    const session = testSession();
    const ended = main(['agent', 'cpu', '10000', '--port', String(port), ...args], session, parts);
    onTestFinished(async () => {
      session.interrupt();
      await ended;
    });
    return { ended, interrupt: session.interrupt };
  }

  function ask(port: number): Promise<string> {
    return new Promise((resolve) => {
      let text = '';
      const socket = connect({ host: '127.0.0.1', port });
      socket.on('error', () => undefined).on('close', () => resolve(text));
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.write('metrics\n');
    });
  }

  test('answers, says its last word when it is stopped, and ends with status 0', async () => {
    const port = await closedPort();
    const { ended, interrupt } = await start(port, '--last-word', 'up 55%');
    await expect.poll(() => ask(port)).toMatch(/^up 100%\n/);
    const report = readReport(await ask(port));
    expect(report).toMatchObject({ answer: 'up 100%', limits: { cpu: 10_000 }, missing: {} });
    expect(report?.figures).toMatchObject({ cpu: expect.any(Number), cpus: expect.any(Number) });
    interrupt();
    await expect.poll(() => ask(port)).toMatch(/^(up 55%\n|$)/);
    expect(await ended).toBe(0);
    expect(await ask(port)).toBe('');
  });

  test('a port that is taken ends it with status 1 and says so', async () => {
    const port = await closedPort();
    await start(port, '--last-word', 'none');
    await expect.poll(() => ask(port)).toMatch(/^up/);
    expect(await run('cpu', '90', '--port', String(port))).toMatchObject({
      code: 1,
      errors: `cannot listen: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`,
    });
  });
});
