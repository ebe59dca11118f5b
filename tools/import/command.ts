/** How `understudy import` is called, and what its help says. The program loads this file by its path. */
import type { CommandSpec } from '../../src/cli/command.ts';

export const importCommand: CommandSpec = {
  name: 'import',
  about: "convert another program's configuration",
  args: [
    ['<KIND>', 'csv, mon, keepalived, ldirectord or haproxy'],
    ['<PATH>', 'its file, or the folder that has it'],
  ],
  options: [
    ['-o, --output <FILE>', 'write to this file, and further files next to it (default: stdout)'],
    ['--force', 'overwrite existing files'],
    ['--hosts <FILE>', 'addresses of host names, as in /etc/hosts (mon only)'],
  ],
  asks: false,
  notes: 'Each line that is not converted, or means something else here, is reported on stderr.',
  examples: [
    'understudy import csv ./cluster -o understudy.yaml',
    'understudy import mon /etc/mon/mon.cf --hosts /etc/hosts -o understudy.yaml',
    'understudy import keepalived /etc/keepalived/keepalived.conf > understudy.yaml',
  ],
  run: async ({ session, parts, args, options }) =>
    (await import('./run.ts')).importFrom(session, parts.readConfig, args[0] ?? '', args[1] ?? '', options),
};
