/** The configuration: checked, described, made of other programs' files. */
import { type CommandSpec, configOption, defaultConfigFile } from '../command.ts';

export const configurationCommands: readonly CommandSpec[] = [
  {
    name: 'check-config',
    about: 'read a configuration and tell every problem of it',
    args: [['[FILE]', `the configuration (default: ${defaultConfigFile})`]],
    options: [configOption, ['--json', 'print JSON']],
    asks: false,
    examples: ['understudy check-config ./understudy.yaml'],
    run: async ({ session, parts, args, configFile, options }) =>
      (await import('../check-config.ts')).checkConfig(session, parts.readConfig, args[0] || configFile, options),
  },
  {
    name: 'schema',
    about: 'print the JSON Schema of the configuration, for editors',
    options: [
      ['-c, --config <FILE>', 'with the types of the plugins that this configuration names'],
      ['--json', 'print JSON, as it always does'],
    ],
    asks: false,
    examples: ['understudy schema > understudy.schema.json', 'understudy schema -c understudy.yaml'],
    run: async ({ session, parts, options }) =>
      (await import('../schema.ts')).schema(session, parts.jsonSchema, options.config ?? null),
  },
  {
    name: 'import',
    about: "make a configuration of another program's files",
    args: [
      ['<KIND>', 'csv, mon, keepalived, ldirectord or haproxy'],
      ['<PATH>', 'its file, or the folder that has it'],
    ],
    options: [
      ['-o, --output <FILE>', 'write it there, further files beside it (default: stdout)'],
      ['--force', 'overwrite what is there'],
      ['--hosts <FILE>', 'addresses of host names, as in /etc/hosts (mon only)'],
    ],
    asks: false,
    notes: 'Each line that is not taken over, or means something else here, is told on stderr.',
    examples: [
      'understudy import csv ./cluster -o understudy.yaml',
      'understudy import mon /etc/mon/mon.cf --hosts /etc/hosts -o understudy.yaml',
      'understudy import keepalived /etc/keepalived/keepalived.conf > understudy.yaml',
    ],
    run: async ({ session, parts, args, options }) =>
      (await import('../import.ts')).importFrom(session, parts.readConfig, args[0] ?? '', args[1] ?? '', options),
  },
];
