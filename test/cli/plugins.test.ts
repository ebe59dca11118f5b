/** The built program, whose plugins lie outside of its folder and import it by name. */
import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const program = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const example = fileURLToPath(new URL('../../docs/examples/my-monitor.mjs', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-plugins-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function understudy(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  return new Promise((done) => {
    execFile(process.execPath, [program, ...args], { cwd: folder }, (error, out, err) => {
      done({ code: error === null ? 0 : Number(error.code), out: `${out}${err}` });
    });
  });
}

function configure(plugins: string): void {
  copyFileSync(example, join(folder, 'my-monitor.mjs'));
  chmodSync(join(folder, 'my-monitor.mjs'), 0o644);
  writeFileSync(
    join(folder, 'u.yaml'),
    `plugins: ${plugins}
director: { reference: [127.0.0.1], state: state }
servers: { edge1: { address: 127.0.0.1 } }
monitors: { air: { type: playout, port: 9 } }
watches: { edges: { servers: [edge1], monitors: [air] } }`,
  );
}

test('check-config, schema and probe know the types of plugins', async () => {
  configure('[./my-monitor.mjs]');
  const checked = await understudy('check-config', 'u.yaml');
  expect(checked).toEqual({ code: 0, out: expect.stringMatching(/^✔ valid {2}u\.yaml: 1 server, 1 check/) });
  const schema = await understudy('schema', '-c', 'u.yaml');
  expect(schema.code).toBe(0);
  expect(schema.out).toContain('"const": "playout"');
  expect((await understudy('schema')).out).not.toContain('playout');
  const probed = await understudy('probe', 'edge1', '-c', 'u.yaml');
  expect(probed).toEqual({ code: 1, out: expect.stringContaining('edge1/air  refused  (playout 127.0.0.1') });
});

test('what is wrong with a plugin is told in its place, by schema too', async () => {
  configure('[broken.mjs, lost.mjs]');
  writeFileSync(join(folder, 'broken.mjs'), "import { field } from 'understudyd/plugin';\n\nfield.nothing();\n");
  writeFileSync(join(folder, 'lost.mjs'), "import 'no-such-package';\n");
  const lines = [
    'u.yaml:1:11: plugin `broken.mjs` cannot be loaded: TypeError: field.nothing is not a function (line 3)',
    "u.yaml:1:23: plugin `lost.mjs` cannot be loaded: Cannot find package 'no-such-package'",
  ];
  const checked = await understudy('check-config', 'u.yaml');
  expect(checked).toEqual({ code: 1, out: [...lines, '✖ 2 problems in u.yaml', ''].join('\n') });
  expect(await understudy('schema', '-c', 'u.yaml')).toEqual({ code: 1, out: `${lines.join('\n')}\n` });
});
