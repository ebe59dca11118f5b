/** A configuration with plugins beside it, in a folder that lasts as long as one test. */
import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach } from 'vitest';
import { loadWithPlugins } from '../../../src/config/load.ts';
import { createPluginLoader, type ImportModule } from '../../../src/config/plugins/load-plugins.ts';
import { formatProblem } from '../../../src/config/problems.ts';
import type { Clock } from '../../../src/ports.ts';
import { plugins } from '../plugins.ts';

export let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'understudy-plugins-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Time stands still. */
export const noTime: Pick<Clock, 'after'> = { after: () => () => {} };

export const importing: ImportModule = (file, again) => import(`${pathToFileURL(file).href}?${again}`);

export function writePlugin(name: string, text: string, mode = 0o644): void {
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), mode);
}

export const tick = (type = 'tick') => `
  import { defineMonitor, field } from 'understudyd/plugin';
  export const monitors = [defineMonitor({
    type: '${type}', about: 'Ticks', network: true, options: field.object({ port: field.port().default(7) }),
    prepare: () => async () => ({ status: 'ok', summary: 'ticks' }),
  })];`;

export const loader = (importModule = importing, clock = noTime) => createPluginLoader(importModule, clock);

/** `monitor`: one entry; `list`: the value of `plugins`, as YAML. */
export async function load(list: string, monitor = '{ type: tick }', more = '', by = loader()) {
  const file = join(folder, 'understudy.yaml');
  const head = `plugins: ${list}\ndirector: { reference: [10.10.3.1] }\nservers: { a: { address: 127.0.0.1 } }`;
  writeFileSync(file, `${head}\nmonitors: { m: ${monitor} }\nwatches: { w: { servers: [a], monitors: [m] } }\n${more}`);
  const loaded = await loadWithPlugins(file, plugins, { PLACE: '.' }, by);
  const short = (line: string) => line.replace(`${folder}/understudy.yaml:`, '').replaceAll(folder, 'FOLDER');
  return 'problems' in loaded
    ? { loaded: null, problems: loaded.problems.map(formatProblem).map(short), warnings: [] }
    : { loaded, problems: [], warnings: loaded.warnings.map(short) };
}
