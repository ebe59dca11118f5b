import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alertTrial, guardAlert, guardMonitor, monitorTrial, readVerdict } from '../../../src/config/plugins/guard.ts';
import { writersWarning } from '../../../src/config/plugins/who-may-write.ts';
import {
  type Check,
  defineAlert,
  defineMonitor,
  field,
  type Notice,
  PermanentError,
} from '../../../src/plugin/plugin.ts';
import { contextOf, loopback } from '../../monitors/context.ts';

const context = contextOf(new AbortController().signal);
const guarded = (check: unknown) =>
  guardMonitor(
    defineMonitor({
      type: 'own',
      about: 'Own',
      network: true,
      options: field.object({}),
      // As a module without types might.
      prepare: () => check as Check,
    }),
  ).prepare({});

describe('a verdict of a plugin', () => {
  test.each([
    ['a verdict', { status: 'ok', summary: 'fine' }, { status: 'ok', summary: 'fine' }],
    ['more than one line', { status: 'fail', summary: 'a\r\nSubject: b' }, { status: 'fail', summary: 'a Subject: b' }],
    ['an endless line', { status: 'fail', summary: 'x'.repeat(9999) }, { status: 'fail', summary: 'x'.repeat(200) }],
    [
      'measures that are none',
      { status: 'ok', summary: 'a', measures: { a: 1, b: Number.NaN, c: '3', ['d'.repeat(101)]: 4 } },
      { status: 'ok', summary: 'a', measures: { a: 1 } },
    ],
    [
      'silence',
      { status: 'fail', summary: 'a', silent: true, more: 1 },
      { status: 'fail', summary: 'a', silent: true },
    ],
    ['silence that is good', { status: 'ok', summary: 'a', silent: true }, { status: 'ok', summary: 'a' }],
    ['a detail', { status: 'ok', summary: 'a', detail: 'b\nc' }, { status: 'ok', summary: 'a', detail: 'b\nc' }],
  ])('is tidied where it is %s', (_, given, expected) => {
    expect(readVerdict(given)).toEqual(expected);
  });

  const form = "expected a verdict such as { status: 'ok', summary: 'answers' }, got";
  test.each([
    [undefined, `${form} nothing`],
    [true, `${form} \`true\``],
    [{}, `${form} a map with nothing`],
    [{ status: 'up', summary: 'a' }, `${form} a map with status, summary`],
    [{ status: 'ok', summary: ' ' }, `${form} a map with status, summary`],
  ])('is refused when it is %j', async (given, message) => {
    await expect(guarded(async () => given)(loopback, context)).rejects.toThrow(message);
  });

  test('is a rejection when the check throws before its first await', async () => {
    const check = guarded(() => {
      throw new Error('oh');
    });
    await expect(check(loopback, context)).rejects.toThrow('oh');
  });

  test.each([
    ['nothing', undefined, 'it threw nothing'],
    ['a symbol', Symbol('oh'), 'it threw `Symbol(oh)`'],
    ['an error', new Error('oh'), 'oh'],
    ['what is no text', Object.create(null), 'it threw a map with nothing'],
    ['an error without words', new Error(''), 'it failed without a message'],
    ['an error of many lines', new Error(`oh\n${'x'.repeat(9999)}`), `oh ${'x'.repeat(197)}`],
    ['an error that lies', Object.assign(new Error('a'), { message: { a: 1 } }), 'it failed without a message'],
  ])('is a rejection of one line when the check throws %s', async (_, thrown, words) => {
    const seen: unknown = await guarded(() => Promise.reject(thrown))(loopback, context).catch(
      (error: unknown) => error,
    );
    expect(seen).toBeInstanceOf(Error);
    expect((seen as Error).message).toContain(words);
    expect((seen as Error).message).toMatch(/^.{1,200}$/);
    expect([seen, (seen as Error).cause]).toContain(thrown);
  });

  test('is not requested while eight runs have not ended', async () => {
    let runs = 0;
    const ends: (() => void)[] = [];
    const check = guarded(() => {
      runs += 1;
      return new Promise((resolve) => ends.push(() => resolve({ status: 'ok', summary: 'late' })));
    });
    const begun = Array.from({ length: 8 }, () => check(loopback, context));
    await expect(check(loopback, context)).rejects.toThrow('8 runs of it never ended');
    expect(runs).toBe(8);
    for (const end of ends) end();
    await Promise.all(begun);
    void check(loopback, context);
    expect(runs).toBe(9);
  });

  test('is a verdict or an exception, whatever the plugin returns', () => {
    const tame = fc.record(
      { status: fc.anything(), summary: fc.string(), detail: fc.anything(), measures: fc.anything() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.anything(), tame), (given) => {
        try {
          expect(readVerdict(given).summary).toMatch(/^[^\r\n]+$/);
        } catch (error) {
          expect(String(error)).toContain('expected a verdict');
        }
      }),
    );
  });
});

test('an alert of a plugin may throw any copy of PermanentError', async () => {
  class PermanentErrorOfAnotherCopy extends Error {
    override readonly name = 'PermanentError';
  }
  const alert = guardAlert(
    defineAlert({
      type: 'own',
      about: 'Own',
      options: field.object({ to: field.text() }),
      recipients: ({ to }) => [to],
      prepare: () => async (recipient) => {
        throw recipient === 'gone' ? new PermanentErrorOfAnotherCopy('no such room') : new Error('busy');
      },
    }),
  );
  const action = alert.prepare({ to: 'a' });
  const tell = (to: string) => action(to, {} as Notice, context).catch((error: unknown) => error);
  expect(alert.recipients({ to: 'a' })).toEqual(['a']);
  expect(await tell('gone')).toBeInstanceOf(PermanentError);
  expect(await tell('else')).not.toBeInstanceOf(PermanentError);
});

test.each([
  ['root only', { uid: 0, mode: 0o644 }, { uid: 0, mode: 0o755 }, null],
  ['the owner of the configuration', { uid: 7, mode: 0o640 }, { uid: 7, mode: 0o750 }, null],
  ['its group', { uid: 0, mode: 0o664 }, { uid: 0, mode: 0o755 }, 'others may write to it (mode 664)'],
  [
    'everybody in its folder',
    { uid: 0, mode: 0o644 },
    { uid: 0, mode: 0o777 },
    'others may write to its folder (mode 777)',
  ],
  ['everybody in a folder like /tmp', { uid: 0, mode: 0o644 }, { uid: 0, mode: 0o1777 }, null],
  ['another user', { uid: 33, mode: 0o644 }, { uid: 0, mode: 0o755 }, 'user 33 owns it'],
  ['the owner of its folder', { uid: 0, mode: 0o644 }, { uid: 33, mode: 0o755 }, 'user 33 owns its folder'],
])('a plugin that %s may write to', (_, file, folder, warning) => {
  expect(writersWarning(file, folder, [7])).toBe(warning);
});

test.each([0, -1, 70_000, 1.5, '80'])('a tripwire at %j is refused, since nobody can connect to it', (port) => {
  const monitor = guardMonitor(
    defineMonitor({
      type: 'own',
      about: 'Own',
      network: true,
      options: field.object({}),
      tripwirePort: () => port as number,
      prepare: () => async () => ({ status: 'ok', summary: 'fine' }),
    }),
  );
  expect(monitorTrial(monitor, {})).toMatch(/^`tripwirePort`: expected a port or null, got `/);
});

test('whatever a plugin throws for its options becomes one line', () => {
  for (const thrown of [Symbol('oh'), Object.create(null), undefined, new Error('a\nb')]) {
    const prepare = () => {
      throw thrown;
    };
    const monitor = defineMonitor({ type: 'own', about: 'Own', network: true, options: field.object({}), prepare });
    expect(monitorTrial(guardMonitor(monitor), {})).toMatch(/^.{1,200}$/);
    const alert = defineAlert({ type: 'own', about: 'Own', options: field.object({}), recipients: () => [], prepare });
    expect(alertTrial(guardAlert(alert), {})).toMatch(/^.{1,200}$/);
  }
});
