import { describe, expect, test } from 'vitest';
import type { Exec, ExecResult } from '../../src/ports.ts';
import { createNotifier, watchdogMsIn } from '../../src/system/notify.ts';

const sent: ExecResult = { exitCode: 0, stdout: '', stderr: '' };

/** Keeps each message, and sends it when the test says so. */
function setUp(env: NodeJS.ProcessEnv = { NOTIFY_SOCKET: '/run/systemd/notify' }) {
  const messages: string[] = [];
  const warnings: object[] = [];
  let outcome: () => Promise<ExecResult> = async () => sent;
  const exec: Exec = {
    run: (file, args) => {
      messages.push([file, ...args].join(' '));
      return outcome();
    },
    open: () => {
      throw new Error('not used');
    },
  };
  const log = { debug() {}, info() {}, warn: (fields: object) => void warnings.push(fields), error() {} };
  const notifier = createNotifier({ env, pid: 42, exec, log, monoUsec: () => 1_234_567n });
  const answer = (next: () => Promise<ExecResult>) => {
    outcome = next;
  };
  return { notifier, messages, warnings, answer };
}

describe('notices to systemd', () => {
  test('are the assignments of sd_notify(3), one message after the other', async () => {
    const { notifier, messages } = setUp();
    notifier.ready('3 servers');
    await notifier.flush();
    notifier.reloading();
    notifier.alive();
    notifier.status('1 of 3 servers\nfailing');
    notifier.ready('4 servers');
    await notifier.flush();
    notifier.stopping();
    await notifier.flush();
    expect(messages).toEqual([
      'systemd-notify READY=1 STATUS=3 servers',
      'systemd-notify RELOADING=1 MONOTONIC_USEC=1234567',
      'systemd-notify WATCHDOG=1',
      'systemd-notify STATUS=1 of 3 servers failing',
      'systemd-notify READY=1 STATUS=4 servers',
      'systemd-notify STOPPING=1',
    ]);
  });

  test('do not pile up behind a slow one: the newest of each kind is kept', async () => {
    const { notifier, messages, answer } = setUp();
    let release = () => {};
    answer(
      () =>
        new Promise((resolve) => {
          release = () => resolve(sent);
        }),
    );
    notifier.alive();
    for (let number = 0; number < 100; number += 1) {
      notifier.alive();
      notifier.status(`status ${number}`);
    }
    answer(async () => sent);
    release();
    await notifier.flush();
    expect(messages).toEqual([
      'systemd-notify WATCHDOG=1',
      'systemd-notify WATCHDOG=1',
      'systemd-notify STATUS=status 99',
    ]);
  });

  test('never fail the daemon: what could not be sent is logged', async () => {
    const { notifier, warnings, answer } = setUp();
    answer(() => Promise.reject(new Error('cannot start systemd-notify')));
    notifier.ready('up');
    await notifier.flush();
    answer(async () => ({ exitCode: 1, stdout: '', stderr: 'No such file\n' }));
    notifier.alive();
    await notifier.flush();
    expect(warnings).toMatchObject([
      { fault: new Error('cannot start systemd-notify') },
      { assignments: ['WATCHDOG=1'], exitCode: 1, stderr: 'No such file' },
    ]);
  });

  test('are not sent where nobody asked for them', async () => {
    const { notifier, messages } = setUp({ WATCHDOG_USEC: '30000000' });
    notifier.ready('up');
    notifier.alive();
    await notifier.flush();
    expect(messages).toEqual([]);
    expect(notifier.watchdogMs).toBeNull();
  });
});

test.each([
  [{ WATCHDOG_USEC: '30000000' }, 30_000],
  [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '42' }, 30_000],
  [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '43' }, null],
  [{ WATCHDOG_USEC: '0' }, null],
  [{ WATCHDOG_USEC: '-1' }, null],
  [{ WATCHDOG_USEC: 'soon' }, null],
  [{}, null],
])('the watchdog of %j wants a sign of life every %s ms', (env, ms) => {
  expect(watchdogMsIn(env, 42)).toBe(ms);
});
