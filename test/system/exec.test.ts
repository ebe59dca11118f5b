import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Pipe } from '../../src/ports.ts';
import { systemExec } from '../../src/system/exec.ts';

const timeoutMs = 20_000;
const { execPath: node } = process;

describe('run', () => {
  test('gives exit code, stdout and stderr', async () => {
    const result = await systemExec.run('/bin/sh', ['-c', 'echo out; echo err >&2; exit 3'], { timeoutMs });
    expect(result).toEqual({ exitCode: 3, stdout: 'out\n', stderr: 'err\n' });
  });

  test('gives the input, and its end', async () => {
    expect(await systemExec.run('cat', [], { input: 'a\nb', timeoutMs })).toMatchObject({
      exitCode: 0,
      stdout: 'a\nb',
    });
  });

  test('has no exit code when a signal ended the program', async () => {
    expect(await systemExec.run('/bin/sh', ['-c', 'kill -9 $$'], { timeoutMs })).toMatchObject({ exitCode: null });
  });

  test('does not mind a program that reads none of its input', async () => {
    const input = 'x'.repeat(2_000_000);
    expect(await systemExec.run('true', [], { input, timeoutMs })).toMatchObject({ exitCode: 0 });
  });

  test('rejects when the program is not there', async () => {
    await expect(systemExec.run('no-such-program', [], { timeoutMs })).rejects.toThrow(
      'cannot start no-such-program: spawn no-such-program ENOENT',
    );
  });

  test('rejects when the program cannot be given its arguments', async () => {
    await expect(systemExec.run('true', ['a\0b'], { timeoutMs })).rejects.toThrow('cannot start true');
  });

  test('ends the program and all it started at the time limit', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'understudy-exec-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'pid');
    const child = systemExec.run('/bin/sh', ['-c', `sleep 60 & echo $! > '${file}'; wait`], { timeoutMs: 1_000 });
    await expect(child).rejects.toThrow('/bin/sh did not end in 1000 ms');
    await gone(Number(readFileSync(file, 'utf8')));
  });

  test('does not wait for what the program left in the background', async () => {
    const result = await systemExec.run('/bin/sh', ['-c', 'sleep 60 & echo $!'], { timeoutMs });
    const pid = Number(result.stdout);
    expect(pid).toBeGreaterThan(1);
    await gone(pid);
  });

  test('keeps the first MiB of a flood and reads on', async () => {
    const flood = 'process.stdout.write("x".repeat(3_000_000))';
    const result = await systemExec.run(node, ['-e', flood], { timeoutMs });
    expect(result.stdout).toHaveLength(1_048_576);
    expect(result.exitCode).toBe(0);
  });

  test('finds programs of the administrator where PATH lacks them', async () => {
    const { stdout } = await systemExec.run('/bin/sh', ['-c', 'echo $PATH'], { timeoutMs });
    expect(stdout.trim().split(':')).toEqual(expect.arrayContaining(['/usr/sbin', '/sbin']));
  });
});

describe('open', () => {
  test('passes lines in and stderr out while the program lives', async () => {
    const { pipe, stderr, closing } = open('/bin/sh', ['-c', 'while read line; do echo "got $line" >&2; done']);
    pipe.write('a\n');
    await stderr('got a\n');
    pipe.write('b\n');
    await stderr('got a\ngot b\n');
    pipe.close();
    expect(await closing).toBe('ended by SIGKILL');
  });

  test('tells how the program ended, after its last words', async () => {
    const { closing, said } = open('/bin/sh', ['-c', 'echo bye >&2; exit 2']);
    expect(await closing).toBe('exit 2');
    expect(said()).toBe('bye\n');
  });

  test('tells why the program could not be started', async () => {
    const { closing, pipe } = open('no-such-program', []);
    pipe.write('a\n');
    expect(await closing).toBe('cannot start no-such-program: spawn no-such-program ENOENT');
    pipe.close();
  });

  test('takes writes after the end, and a second close, without a word', async () => {
    const { closing, pipe } = open('true', []);
    pipe.write('a\n');
    await closing;
    pipe.write('b\n');
    pipe.close();
    pipe.close();
  });

  test('ends a program that reads nothing before it fills the memory', async () => {
    const { closing, pipe } = open('sleep', ['60']);
    for (let count = 0; count < 40; count += 1) pipe.write('x'.repeat(65_536));
    expect(await closing).toBe('ended by SIGKILL');
  });
});

function open(file: string, args: readonly string[]) {
  let text = '';
  let heard = (): void => {};
  let pipe: Pipe | undefined;
  const closing = new Promise<string>((resolve) => {
    pipe = systemExec.open(file, args, {
      onStderr(part) {
        text += part;
        heard();
      },
      onExit: resolve,
    });
  });
  if (pipe === undefined) throw new Error('no pipe');
  const opened = pipe;
  onTestFinished(() => opened.close());
  const stderr = (wanted: string) =>
    new Promise<void>((resolve) => {
      heard = () => text === wanted && resolve();
      heard();
    });
  return { pipe: opened, closing, stderr, said: () => text };
}

/** An orphan that has ended may stay for a while as a zombie, until process 1 takes notice. */
async function gone(pid: number): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (performance.now() < endMs) {
    try {
      if (/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) return;
    } catch {
      return;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`process ${pid} is still there`);
}
