/** The daemon itself. */
import { type CommandSpec, configOption } from '../command.ts';

export const daemonCommands: readonly CommandSpec[] = [
  {
    name: 'run',
    about: 'run the daemon in the foreground',
    options: [configOption],
    asks: false,
    examples: ['understudy run --config ./understudy.yaml'],
    run: async ({ parts, configFile }) => (await import('../run.ts')).run(parts.runDaemon, configFile),
  },
  {
    name: 'reload',
    about: 'read the configuration again; an invalid one changes nothing',
    asks: true,
    examples: ['understudy check-config && understudy reload'],
    run: async ({ session, client, options }) => (await import('../reload.ts')).reload(session, client, options),
  },
  {
    name: 'backup',
    about: 'copy the database while the daemon runs',
    args: [['<FILE>', 'in a folder that the daemon may write to']],
    asks: true,
    examples: ['understudy backup /var/lib/understudy/before-upgrade.db'],
    run: async ({ session, client, args, options }) =>
      (await import('../backup.ts')).backup(session, client, args[0] ?? '', options),
  },
  {
    name: 'test-alert',
    about: 'send a test notice to everyone that an alert notifies',
    args: [['<NAME>', 'its name in the configuration']],
    asks: true,
    examples: ['understudy test-alert oncall'],
    run: async ({ session, client, args, options }) =>
      (await import('../test-alert.ts')).testAlert(session, client, args[0] ?? '', options),
  },
];
