import { type Check, Deadline, defineMonitor, field, type Target, type Verdict } from '../src/plugin/plugin.ts';
import { environmentOf, fillIn, hasPlaces, lastRunFacts, targetFacts } from './command/environment.ts';
import { judgeOne, lateAlone } from './command/judge.ts';
import { judgeMon, type MonResult } from './command/mon.ts';
import { gather, type Join } from './shared/gathering.ts';
import { quote } from './shared/quote.ts';
import { runToEnd } from './shared/run.ts';
import { sharedBy } from './shared/shared-by.ts';
import { timer } from './shared/timer.ts';
import { unknown } from './shared/verdicts.ts';

interface Program {
  readonly run: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Checks of one monitor start together, within this time even on a busy machine. */
const windowMs = 20;
/** The limit of arguments; execve(2) accepts many more. */
const maxHosts = 500;

/** The last argument of a mon monitor that gets no hosts. */
const noHosts = ';;';

const groups = sharedBy<Join<MonResult>>();

function eachAlone({ run, env }: Program, convention: 'exit' | 'nagios'): Check {
  const file = quote(run[0] ?? '');
  return async (target, { signal, trace }) => {
    if (signal.reason instanceof Deadline) return unknown('deadline passed before the check began');
    const words = run.map((word) => fillIn(word, target));
    trace.sent(`${words.join(' ')}\n`);
    try {
      const ending = await runToEnd(words, environmentOf(process.env, targetFacts(target), env), signal);
      if ('output' in ending) trace.received(`${ending.output}${ending.errors}`);
      return judgeOne(file, convention, ending);
    } catch (error) {
      if (error instanceof Deadline) return lateAlone(convention, `${file}: killed after ${error.afterMs} ms`);
      throw error;
    }
  };
}

/** A mon monitor, started once for all servers that are due. */
function together({ run, env }: Program): Join<MonResult> {
  const file = quote(run[0] ?? '');
  const perServer = hasPlaces(run) || run.at(-1) === noHosts;
  /** Keyed by address for runs of one host; other runs mostly have the same hosts. */
  const lastOutputs = new Map<string, string>();
  const hostsOf = (targets: readonly Target[]): readonly string[] =>
    run.at(-1) === noHosts ? [] : targets.map(({ address }) => address);

  return gather({
    windowMs,
    maxTargets: perServer ? 1 : maxHosts,
    after: timer,
    isUnclear: ({ unclear }) => unclear,
    async run(targets, { signal, trace }) {
      const [first] = targets;
      const only = targets.length === 1 ? first : undefined;
      const program = run.filter((word, at) => word !== noHosts || at < run.length - 1);
      const words = [
        ...(only === undefined ? program : program.map((word) => fillIn(word, only))),
        ...hostsOf(targets),
      ];
      const place = only?.address ?? '';
      const facts = { ...(only === undefined ? {} : targetFacts(only)), ...lastRunFacts(lastOutputs.get(place)) };
      trace.sent(`${words.join(' ')}\n`);
      const ending = await runToEnd(words, environmentOf(process.env, facts, env), signal);
      if ('output' in ending) {
        trace.received(`${ending.output}${ending.errors}`);
        lastOutputs.set(place, `${ending.output}${ending.errors}`.slice(0, 8192));
      }
      return judgeMon(file, ending, targets);
    },
  });
}

function shared(program: Program): Check {
  const file = quote(program.run[0] ?? '');
  const join = groups(JSON.stringify(program), () => together(program));
  return async (target, context): Promise<Verdict> => {
    if (context.signal.reason instanceof Deadline) return unknown('deadline passed before the check began');
    const share = await join(target, context);
    if (share.how === 'judged') return share.result.verdict;
    const killed = `${file}: killed after ${share.afterMs} ms`;
    if (share.beside === 0) return lateAlone('mon', killed);
    return unknown('no verdict', `${killed}, with ${share.beside} other hosts; each is asked alone next time`);
  };
}

export const command = defineMonitor({
  type: 'command',
  about: 'Runs a program: by its exit status, as a Nagios plugin, or as a monitor of mon',
  options: field.object({
    run: field
      .list(field.text())
      .min(1, 'expected a program and its arguments')
      .describe('Program and arguments, run without a shell; {address} and {server} are filled in'),
    convention: field
      .oneOf(['exit', 'nagios', 'mon'])
      .default('exit')
      .describe(
        '`exit`: 0 is ok; `nagios`: 0 ok, 1 overloaded, 2 fail, 3 unknown; `mon`: one run with the addresses of all servers added, failed hosts on the first line',
      ),
    env: field
      .object({})
      .catchall(field.text())
      .refine(
        (env) => Object.keys(env).every((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)),
        'expected names of variables such as MON_STATEDIR',
      )
      .default({})
      .describe('Environment variables for the program'),
  }),
  network: false,
  together: ({ convention }) => convention === 'mon',
  // A Nagios plugin's WARNING is for people: it is no reason to move viewers.
  onLimit: 'warn',
  prepare({ run, convention, env }): Check {
    const program = { run, env: env as Program['env'] };
    return convention === 'mon' ? shared(program) : eachAlone(program, convention);
  },
});
