#!/usr/bin/env node
/** The command line. */
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { openClient } from './cli/client.ts';
import { type CommandSpec, defaultConfigFile, type Options, type Parts } from './cli/command.ts';
import { commandGroups } from './cli/commands.ts';
import { processSession } from './cli/process-session.ts';
import { clean } from './cli/render/look.ts';
import { type ExitCode, exitCodeOf, type Session } from './cli/session.ts';
import { socketPath } from './cli/socket-path.ts';
import { packageVersion } from './system/version.ts';
import { errorText } from './text.ts';

const reachOptions = [
  ['--socket <PATH>', "the daemon's control socket (default: $UNDERSTUDY_SOCKET, or what --config names)"],
  ['-c, --config <FILE>', 'the configuration whose daemon is meant'],
  ['--json', 'print JSON'],
] as const;

const programHelp = `
Start here:
  $ understudy check-config /etc/understudy/understudy.yaml
  $ understudy status --watch
  $ understudy drain edge1 --for 2h --why "kernel update"

\`understudy help COMMAND\` has the options and examples of each.
Exit status: 0 fine, 1 refused or failed, 2 wrong usage or no daemon.`;

/** Runs one command line, without node and script. */
export async function main(args: readonly string[], session: Session, parts: Parts): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const program = programFor(session, async (spec, given, options) => {
    const client = openClient(spec.asks ? socketPath(options, session.env) : '');
    const configFile = options.config ?? defaultConfigFile;
    exitCode = await spec.run({ session, parts, client, configFile, options, args: given });
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (fault) {
    // Commander has said already what is wrong; its exit code is 0 for help and version.
    if (fault instanceof CommanderError) return fault.exitCode === 0 ? 0 : 2;
    const text = errorText(fault);
    session.err.write(
      text
        .split('\n')
        .map((line) => `${clean(line)}\n`)
        .join(''),
    );
    return exitCodeOf(fault);
  }
}

type Run = (spec: CommandSpec, args: readonly string[], options: Options) => Promise<void>;

function programFor(session: Session, run: Run): Command {
  const { out, err } = session;
  const program = new Command('understudy')
    .description('Watches the video servers behind a load balancer and puts a stand-in in the place of one that fails.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .commandsGroup('Help:')
    .helpCommand('help [COMMAND]', 'print the help of a command')
    .exitOverride()
    .showHelpAfterError('`understudy --help` lists the commands, `understudy help COMMAND` what each takes')
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .configureOutput({
      writeOut: (text) => out.write(text),
      writeErr: (text) => err.write(text),
      getOutHelpWidth: () => out.columns ?? 80,
      getErrHelpWidth: () => err.columns ?? 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      outputError: (text, write) => write(text.replace(/^error: /, '')),
    })
    .addHelpText('after', programHelp);
  for (const { heading, commands } of commandGroups)
    for (const spec of commands) addCommand(program.command(spec.name).helpGroup(heading), spec, run);
  return program;
}

function addCommand(command: Command, spec: CommandSpec, run: Run): void {
  command.description(spec.about);
  for (const [syntax, about] of spec.args ?? []) command.argument(syntax, about);
  for (const [flags, about] of [...(spec.options ?? []), ...(spec.asks ? reachOptions : [])])
    addOption(command, flags, about);
  if (spec.notes) command.addHelpText('after', `\n${spec.notes}`);
  command.addHelpText('after', `\nExamples:\n${spec.examples.map((line) => `  $ ${line}`).join('\n')}`);
  command.action(() => {
    const named = spec.args ?? [];
    // A last one that may be repeated takes what is left; commander has refused what is too much for all others.
    const given = [...named.map((_, at) => command.args[at] ?? ''), ...command.args.slice(named.length)];
    return run(spec, given, command.opts<Options>());
  });
}

/** `--vip <IP...>` takes one word each time that it is given: more would swallow the argument behind it. */
function addOption(command: Command, flags: string, about: string): void {
  if (!flags.endsWith('...>')) return void command.option(flags, about);
  command.option(flags.replace('...>', '>'), about, (word: string, before: readonly string[] = []) => [
    ...before,
    word,
  ]);
}

const parts: Parts = {
  runDaemon: async (options) => (await import('./daemon/daemon.ts')).runDaemon(options),
  probeLocally: async (...checked) => (await import('./daemon/daemon.ts')).probeLocally(...checked),
  readConfig: async (file) => (await import('./cli/read-config.ts')).readConfig(file, process.env),
  jsonSchema: async (file) => (await import('./cli/read-config.ts')).jsonSchema(file, process.env),
  openKernel: async (config, warn) => (await import('./local.ts')).openKernel(config, { warn }),
};

function isEntry(): boolean {
  try {
    return realpathSync(process.argv[1] ?? '') === fileURLToPath(import.meta.url);
  } catch {
    return false;
  }
}

if (isEntry()) {
  process.exitCode = await main(process.argv.slice(2), processSession(process), parts);
}
