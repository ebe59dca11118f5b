/** The command reference as Markdown, from the commands themselves. Pure. */
import type { CommandGroup } from './commands.ts';

export function commandReference(groups: readonly CommandGroup[]): string {
  const sections = groups.flatMap(({ heading, commands }) => [
    `## ${heading.replace(/:$/, '')}`,
    '',
    ...commands.flatMap(({ name, about, args = [], options = [], asks, notes, examples }) => [
      `### \`understudy ${[name, ...args.map(([arg]) => arg)].join(' ')}\``,
      '',
      `${about[0]?.toUpperCase()}${about.slice(1)}.${asks ? ' Asks the daemon.' : ''}`,
      '',
      ...table([...args, ...options]),
      ...(notes === undefined ? [] : [notes, '']),
      '```',
      ...examples,
      '```',
      '',
    ]),
  ]);
  return [
    '# Command reference',
    '',
    'Generated from the commands by `npm run docs`; `understudy COMMAND --help` shows the same.',
    '',
    'Commands that ask the daemon find its control socket by `--socket PATH`, else in the state folder of `--config FILE`, else by',
    '`$UNDERSTUDY_SOCKET`, else at `/var/lib/understudy/control.sock`.',
    '',
    'Exit status: **0** success. **1** refused or failed: a `probe` that is not ok, a problem found by `check-config`, `doctor` or',
    '`realserver check`, a pending change with `plan --check`, a table that cannot be read or kept in sync. **2** wrong usage, or no',
    'daemon answers.',
    '',
    ...sections,
  ].join('\n');
}

function table(rows: readonly (readonly [string, string])[]): readonly string[] {
  if (rows.length === 0) return [];
  const lines = rows.map(([name, about]) => `| \`${name.replaceAll('|', '\\|')}\` | ${about.replaceAll('|', '\\|')} |`);
  return ['| argument or option | meaning |', '| --- | --- |', ...lines, ''];
}
