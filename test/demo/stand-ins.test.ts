import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startStandIns } from '../../demo/stand-ins.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-demo-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function program(source: string): Promise<string> {
  const path = join(folder, 'program.mjs');
  await writeFile(path, source);
  return path;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const healthy = `process.once('disconnect', () => process.exit(0)); process.send('ready');`;

it('prints how to kill and how to restart a stand-in, and does not restart it', async () => {
  const lines: string[] = [];
  const started = await startStandIns({ print: (line) => lines.push(line), program: await program(healthy) });
  const pid = started.pids.get('edge1') ?? 0;
  expect(lines[0]).toBe(`edge1 at 127.0.0.21   to kill it: kill ${pid}   to restart it: npm run demo:start -- edge1`);

  process.kill(pid);
  await expect.poll(() => lines[3]).toBe('edge1 has ended; restart it with: npm run demo:start -- edge1');
  await started.close();
  expect([...started.pids.values()].map(isAlive)).toEqual([false, false, false]);
  expect(lines).toHaveLength(4);
});

it('leaves no stand-in behind when one cannot start', async () => {
  const path = await program(`if (process.argv[2] === 'edge2') process.exit(1); ${healthy}`);
  await expect(startStandIns({ print: () => undefined, program: path })).rejects.toThrow('edge2 did not start');
});
