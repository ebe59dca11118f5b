/** The configuration: checked, described, made of other programs' files. */
import { type CommandSpec, configOption, defaultConfigFile } from '../command.ts';
import { importCommand } from '../import.ts';

export const configurationCommands: readonly CommandSpec[] = [
  {
    name: 'check-config',
    about: 'validate a configuration and report every problem',
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
      ['-c, --config <FILE>', 'include the types of the plugins that this configuration names'],
      ['--json', 'print JSON, which it always does'],
    ],
    asks: false,
    examples: ['understudy schema > understudy.schema.json', 'understudy schema -c understudy.yaml'],
    run: async ({ session, parts, options }) =>
      (await import('../schema.ts')).schema(session, parts.jsonSchema, options.config ?? null),
  },
  importCommand,
];
