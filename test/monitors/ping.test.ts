import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ping } from '../../monitors/ping.ts';
import { runCheck } from './context.ts';
import { prepare } from './sample.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-ping-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** A program in fping's place: a raw socket needs a privilege. */
async function standIn(script: string): Promise<string> {
  const program = join(folder, 'fping');
  await writeFile(program, `#!/bin/sh\necho "$@" >> ${folder}/calls\n${script}\n`, { mode: 0o755 });
  return program;
}

const edges = [1, 2].map((at) => ({ server: `edge${at}`, address: `127.0.0.${at}` }));

describe('ping', () => {
  it('starts one process for all servers, and tells each its own verdict', async () => {
    const program = await standIn('echo "127.0.0.1 : 0.1 0.1 0.1\n127.0.0.2 : - - -" >&2; exit 1');
    const checks = edges.map((edge) => runCheck(prepare(ping, { program }), 5000, edge));
    expect(await Promise.all(checks)).toMatchObject([
      { status: 'ok', summary: 'answers ping' },
      { status: 'fail', summary: 'no answer to ping', silent: true },
    ]);
    expect(await readFile(join(folder, 'calls'), 'utf8')).toBe('-q -C 3 -p 100 -t 500 -i 1 127.0.0.1 127.0.0.2\n');
  });

  it('gives one process no more servers than its output has room for', async () => {
    const program = await standIn(`echoes=' 60000 60000 60000 60000 60000 60000 60000 60000 60000 60000'
echoes="$echoes$echoes$echoes$echoes$echoes$echoes$echoes$echoes$echoes$echoes"
shift 9; for host; do echo "$host :$echoes"; done`);
    const check = prepare(ping, { program, count: 100 });
    const many = Array.from({ length: 120 }, (_, at) => ({ server: `edge${at}`, address: `127.0.1.${at}` }));
    const verdicts = await Promise.all(many.map((edge) => runCheck(check, 5000, edge)));
    expect(verdicts.filter(({ status }) => status !== 'ok')).toEqual([]);
  });

  it('blames nobody when the program is not there, or does not end', async () => {
    const missing = prepare(ping, { program: join(folder, 'missing') });
    expect(await runCheck(missing)).toMatchObject({ status: 'unknown', summary: expect.stringContaining('not found') });
    const hangs = prepare(ping, { program: await standIn('exec sleep 300') });
    expect(await runCheck(hangs, 300)).toMatchObject({
      status: 'unknown',
      summary: 'no verdict',
      detail: expect.stringContaining("must fit into the monitor's timeout"),
    });
  });
});
