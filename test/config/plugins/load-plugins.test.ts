// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configuration's own ${NAME}
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configJsonSchema } from '../../../src/config/json-schema.ts';
import { importFault } from '../../../src/config/plugins/load-plugins.ts';
import { folder, importing, load, loader, tick, writePlugin } from './scratch.ts';

describe('plugins of a configuration', () => {
  test('bring monitors, found from the folder of the configuration', async () => {
    mkdirSync(join(folder, 'own'), { mode: 0o755 });
    writePlugin('own/tick.mjs', tick());
    const { loaded, problems, warnings } = await load('[own/tick.mjs]', '{ type: tick, port: 9, interval: 2s }');
    expect([problems, warnings]).toEqual([[], []]);
    expect(loaded?.config.checks).toMatchObject([{ monitor: { type: 'tick', options: { port: 9 } } }]);
    expect(loaded?.plugins.monitors.get('tick')?.about).toBe('Ticks');
  });

  test('may be named by a variable of the environment', async () => {
    writePlugin('tick.mjs', tick());
    expect((await load('["${PLACE}/tick.mjs"]')).problems).toEqual([]);
    expect((await load('["${NOWHERE}/tick.mjs"]')).problems).toEqual([
      '1:11: environment variable `NOWHERE` is not set',
      expect.stringContaining('unknown monitor type `tick`'),
    ]);
  });

  test('bring alerts, whose options may be secrets', async () => {
    writePlugin(
      'chat2.mjs',
      `import { defineAlert, field } from 'understudyd/plugin';
       export const alerts = [defineAlert({
         type: 'pager', about: 'Pages', options: field.object({ key: field.secret() }),
         recipients: ({ key }) => [key], prepare: () => async () => {},
       })];`,
    );
    const { loaded, problems } = await load(
      '[chat2.mjs]',
      '{ type: rtsp }',
      'alerts: { p: { type: pager, key: abc } }',
    );
    expect(problems).toEqual([]);
    expect(loaded?.config.alerts.get('p')).toMatchObject({ type: 'pager', options: { key: 'abc' } });
    expect(loaded?.secrets.get('abc')).toBe('[secret]');
  });

  test('are in the JSON Schema', async () => {
    writePlugin('tick.mjs', tick());
    const { loaded } = await load('[tick.mjs]');
    expect(JSON.stringify(configJsonSchema(loaded?.plugins ?? expect.unreachable()))).toContain('"const":"tick"');
  });

  test('have their options checked like built-in plugins', async () => {
    writePlugin('tick.mjs', tick());
    expect((await load('[tick.mjs]', '{ type: tick, prt: 1 }')).problems).toEqual([
      '4:30: unknown key `prt`, did you mean `port`?',
    ]);
  });
});

describe('an invalid plugin is reported with its place in the configuration', () => {
  const problemsOf = async (text: string) => {
    writePlugin('bad.mjs', text);
    return (await load('[bad.mjs]')).problems;
  };

  test('when it does not exist, or is no file', async () => {
    expect((await load('[none.mjs, .]')).problems).toEqual([
      '1:11: plugin `none.mjs` cannot be read: no such file',
      '1:21: plugin `.` cannot be read: it is a directory',
    ]);
  });

  test('when the list is no list', async () => {
    expect((await load('own.mjs')).problems).toEqual([
      '1:10: expected a list of files such as [./my-monitor.mjs], got `own.mjs`',
    ]);
    expect((await load('[7]')).problems).toEqual(['1:11: expected a file such as ./my-monitor.mjs, got `7`']);
  });

  test('when it is listed twice', async () => {
    writePlugin('tick.mjs', tick());
    expect((await load('[tick.mjs, ./tick.mjs]')).problems).toEqual([
      '1:21: duplicate plugin `./tick.mjs`, expected each file once',
    ]);
  });

  test('when it throws, with the line', async () => {
    expect(await problemsOf("\n\nthrow new Error('no licence');")).toEqual([
      expect.stringMatching(/^1:11: plugin `bad.mjs` cannot be loaded: no licence( \(line \d+\))?$/),
    ]);
  });

  test('when it throws something that is no error', async () => {
    expect(await problemsOf('throw 7')).toEqual(['1:11: plugin `bad.mjs` cannot be loaded: it threw `7`']);
  });

  test('when it never ends', async () => {
    writePlugin('bad.mjs', '');
    const clock = {
      after(_: number, callback: () => void) {
        queueMicrotask(callback);
        return () => {};
      },
    };
    const never = loader(() => new Promise(() => {}), clock);
    expect((await load('[bad.mjs]', undefined, '', never)).problems).toEqual([
      '1:11: plugin `bad.mjs` cannot be loaded: it did not end within 10 s',
    ]);
  });

  const monitor = (change: string) => `
    import { defineMonitor, field } from 'understudyd/plugin';
    export const monitors = [defineMonitor({
      type: 'tick', about: 'Ticks', network: true, options: field.object({}), prepare: () => async () => {}, ${change} })];`;

  test.each([
    ['nothing', 'export {}', 'expected an export `monitors` or `alerts`, got no exports'],
    ['other exports', 'export const a = 1; export default 2;', '`alerts`, got the exports `a`, `default`'],
    ['no list', 'export const monitors = {}', 'expected `monitors` to be a list, got a map'],
    [
      'something else',
      'export const monitors = [1]',
      'monitors[0]: expected a monitor made with `defineMonitor`, got `1`',
    ],
    [
      'a bare function',
      'export const alerts = [() => {}]',
      'alerts[0]: expected an alert made with `defineAlert`, got a function',
    ],
    ['a bad name', monitor("type: 'My Type'"), 'expected a `type` of small letters, digits and `_`, got `My Type`'],
    [
      'a type that is there',
      monitor("type: 'rtsp'"),
      'there is a monitor of type `rtsp` already, expected another name',
    ],
    ['no line about it', monitor("about: ''"), '`tick`: expected one line `about` it, got nothing'],
    ['no schema', monitor('options: {}'), '`tick`: expected `options` made with field.object'],
    [
      'a key of ours',
      monitor('options: field.object({ fall: field.port() })'),
      'another name for the option `fall`, every monitor has it',
    ],
    ['a bad interval', monitor("interval: 'often'"), 'expected an `interval` such as 10s, got `often`'],
    ['no word on the network', monitor('network: undefined'), 'expected `network` to be true or false, got nothing'],
  ])('when it exports %s', async (_, text, message) => {
    const [problem, ...others] = await problemsOf(text);
    expect(problem).toMatch(/^1:11: plugin `bad.mjs`: /);
    expect(problem).toContain(message);
    expect(others).toEqual([]);
  });

  test.each([
    ['prepare throws', "prepare() { throw new Error('no\\nlicence') }", 'no licence'],
    ['prepare gives no check', 'prepare: () => 7', '`prepare`: expected a function, got `7`'],
    ['its port is none', "tripwirePort: () => 'x'", '`tripwirePort`: expected a port or null, got `x`'],
    ['its times are none', "timing: () => ({ timeout: 'soon' })", 'expected a default such as 10s, got `soon`'],
  ])('when %s, at the monitor that uses it', async (_, change, message) => {
    expect(await problemsOf(monitor(change))).toEqual([`4:24: the plugin of \`tick\` failed: ${message}`]);
  });

  test('and so is another plugin of the same type', async () => {
    writePlugin('a.mjs', tick());
    writePlugin('b.mjs', tick());
    expect((await load('[a.mjs, b.mjs]')).problems).toEqual([
      '1:18: plugin `b.mjs`: monitors[0]: there is a monitor of type `tick` already, expected another name',
    ]);
  });
});

describe('one loader for the life of a process', () => {
  test('warns of a plugin that changed since it was loaded', async () => {
    writePlugin('tick.mjs', tick());
    const one = loader();
    expect((await load('[tick.mjs]', undefined, '', one)).warnings).toEqual([]);
    writePlugin('tick.mjs', `${tick()} // changed`);
    for (const again of [1, 2]) {
      expect([again, (await load('[tick.mjs]', undefined, '', one)).warnings]).toEqual([
        again,
        ['1:11: plugin `tick.mjs`: changed since it was loaded; the old one runs until a restart'],
      ]);
    }
    writePlugin('tick.mjs', tick());
    expect((await load('[tick.mjs]', undefined, '', one)).warnings).toEqual([]);
  });

  test('imports a plugin again that could not be imported before', async () => {
    const asked: number[] = [];
    const one = loader((file, again) => {
      asked.push(again);
      return importing(file, again);
    });
    writePlugin('tick.mjs', "throw new Error('not yet')");
    expect((await load('[tick.mjs]', undefined, '', one)).problems).toHaveLength(1);
    writePlugin('tick.mjs', tick());
    expect((await load('[tick.mjs]', undefined, '', one)).problems).toEqual([]);
    expect((await load('[tick.mjs]', undefined, '', one)).warnings).toEqual([]);
    expect(asked).toEqual([0, 1, 1]);
  });
});

test.each([
  [0o664, 'others may write to it (mode 664)'],
  [0o646, 'others may write to it (mode 646)'],
])('warns of a plugin with mode %o', async (mode, cause) => {
  writePlugin('tick.mjs', tick(), mode);
  expect((await load('[tick.mjs]')).warnings).toEqual([
    `1:11: plugin \`tick.mjs\`: ${cause}, and it runs with the rights of the daemon`,
  ]);
});

test('gives the message of a failed import with the line and without other paths', () => {
  const fault = (name: string, message: string, stack: string) =>
    importFault(Object.assign(new Error(message), { name, stack }), '/etc/u/a.mjs');
  const cases: readonly (readonly [string, string, string, string])[] = [
    [
      'SyntaxError',
      "Unexpected token '}'",
      'file:///etc/u/a.mjs?again=2:12\n}\n^',
      "SyntaxError: Unexpected token '}' (line 12)",
    ],
    [
      'TypeError',
      'x is no function',
      'TypeError: x\n    at file:///etc/u/a.mjs:3:9',
      'TypeError: x is no function (line 3)',
    ],
    [
      'Error',
      "Cannot find package 'left-pad' imported from /etc/u/a.mjs",
      'Error [ERR_MODULE_NOT_FOUND]: ...\n    at node:internal/x:1',
      "Cannot find package 'left-pad'",
    ],
    ['Error', '', '', 'it failed without a message'],
  ];
  for (const [name, message, stack, said] of cases) expect(fault(name, message, stack)).toBe(said);
  expect(importFault(null, '/a')).toBe('it threw nothing');
  expect(importFault(Object.assign(new Error('a'), { message: 1, stack: 2 }), '/a')).toBe(
    'it failed without a message',
  );
});
