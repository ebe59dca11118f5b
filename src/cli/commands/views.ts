/** What the daemon sees and does. */
import { type CommandSpec, serverArg } from '../command.ts';

export const viewCommands: readonly CommandSpec[] = [
  {
    name: 'status',
    about: 'show pools, checks, manual overrides and open incidents',
    options: [['-w, --watch', 'keep it on the screen, live']],
    asks: true,
    examples: ['understudy status', 'understudy status --watch', 'understudy status --json | jq .incidents'],
    run: async ({ session, client, options }) =>
      options.watch
        ? (await import('../watch.ts')).watch(session, client, options)
        : (await import('../status.ts')).status(session, client, options),
  },
  {
    name: 'history',
    about: 'show status changes, table commands, emails and remarks, newest last',
    options: [
      ['-s, --server <SERVER>', 'only of this server'],
      ['--since <WHEN>', 'a duration (1h, 2d) or a date (2026-11-21T04:00)'],
      ['-n, --limit <COUNT>', 'at most this many rows (default: 100)'],
    ],
    asks: true,
    examples: ['understudy history --since 1h', 'understudy history --server edge1 --limit 20'],
    run: async ({ session, client, options }) => (await import('../history.ts')).history(session, client, options),
  },
  {
    name: 'explain',
    about: 'explain why a server is in or out of each pool',
    args: [serverArg],
    asks: true,
    examples: ['understudy explain edge1'],
    run: async ({ session, client, args, options }) =>
      (await import('../explain.ts')).explain(session, client, args[0] ?? '', options),
  },
  {
    name: 'table',
    about: 'compare the desired table with the actual one',
    asks: true,
    examples: ['understudy table'],
    run: async ({ session, client, options }) => (await import('../table.ts')).table(session, client, options),
  },
  {
    name: 'probe',
    about: 'run the checks of a server now and print the whole conversation',
    args: [serverArg, ['[MONITOR]', 'only this one']],
    asks: true,
    notes: 'Exits with 0 if every check is ok. Without a daemon, this process runs the checks.',
    examples: ['understudy probe edge1', 'understudy probe edge1 rtsp'],
    run: async ({ session, client, parts, configFile, args, options }) => {
      const { probe } = await import('../probe.ts');
      return probe(session, { client, configFile, ...parts }, args[0] ?? '', args[1] || null, options);
    },
  },
];
