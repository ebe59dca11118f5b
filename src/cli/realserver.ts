/** `understudy realserver`: sets up, checks and restores the machine of a video server. */
import { anyBad } from '../machine/host/finding.ts';
import type { Host } from '../machine/host/host.ts';
import { SetupFault } from '../machine/realserver/perform.ts';
import { applySetup, check, Declined, prepare, prepareRemoval, remove } from '../machine/realserver/realserver.ts';
import { type RequestWords, readRequest, type ServerRequest } from '../machine/realserver/request.ts';
import type { Step } from '../machine/realserver/steps.ts';
import { confirm, needYes } from './ask.ts';
import { findingsText } from './render/doctor.ts';
import { clean, plain, toned, uncut } from './render/look.ts';
import { diffLines, scriptLines } from './render/realserver.ts';
import { count } from './render/words.ts';
import { type ExitCode, lookOf, print, printJson, type Session, UsageError } from './session.ts';

export interface RealserverOptions extends RequestWords {
  readonly yes?: boolean | undefined;
  readonly json?: boolean | undefined;
}

const verbs = ['plan', 'apply', 'check', 'remove'] as const;
type Verb = (typeof verbs)[number];

export async function realserver(
  session: Session,
  host: Host,
  word: string,
  options: RealserverOptions,
): Promise<ExitCode> {
  const verb = verbs.find((one) => one === word);
  if (verb === undefined) throw new UsageError(`expected ${verbs.join(', ')}, got \`${word.slice(0, 100)}\``);
  const read = readRequest(options);
  if ('wrong' in read) throw new UsageError(read.wrong);
  const changes = verb === 'apply' || verb === 'remove';
  if (changes && host.uid !== 0) throw new Declined(`realserver ${verb}: expected root, got user id ${host.uid}`);
  if (changes) needYes(session, options);
  return act(verb, session, host, read.request, options);
}

function act(
  verb: Verb,
  session: Session,
  host: Host,
  request: ServerRequest,
  options: RealserverOptions,
): Promise<ExitCode> {
  switch (verb) {
    case 'plan':
      return plan(session, host, request, options);
    case 'apply':
      return apply(session, host, request, options);
    case 'check':
      return look(session, host, request, options);
    case 'remove':
      return takeAway(session, host, request, options);
    default:
      return verb satisfies never;
  }
}

async function plan(
  session: Session,
  host: Host,
  request: ServerRequest,
  options: RealserverOptions,
): Promise<ExitCode> {
  const { steps, refusals, notes } = (await prepare(host, request)).plan;
  if (options.json) {
    printJson(session, { refusals, notes, steps, commands: scriptLines(steps) });
    return refusals.length > 0 ? 1 : 0;
  }
  if (refusals.length > 0) throw new Declined(refusals.join('\n'));
  if (steps.length === 0) print(session, [[toned('good', '✔ nothing to change')]]);
  else showSteps(session, steps);
  showNotes(session, notes);
  return 0;
}

async function apply(
  session: Session,
  host: Host,
  request: ServerRequest,
  options: RealserverOptions,
): Promise<ExitCode> {
  const prepared = await prepare(host, request);
  const { steps, refusals, notes } = prepared.plan;
  if (refusals.length > 0) throw new Declined(refusals.join('\n'));
  if (!(await isAgreed(session, steps, options, 'Apply?'))) return 1;
  await telling(session, () => applySetup(host, prepared));
  if (options.json) printJson(session, { changed: steps, notes });
  else if (steps.length === 0) print(session, [[toned('good', '✔ nothing to change')]]);
  else print(session, [[toned('good', `✔ applied`), plain(`  ${count(steps.length, 'change')}, read back`)]]);
  if (!options.json) showNotes(session, notes);
  return 0;
}

async function look(
  session: Session,
  host: Host,
  request: ServerRequest,
  options: RealserverOptions,
): Promise<ExitCode> {
  const findings = await check(host, request, wordsOf(options));
  if (options.json) {
    printJson(session, findings);
  } else {
    const look = lookOf(session);
    const { table, remedies, verdict } = findingsText(findings, look);
    print(session, table);
    if (remedies.length > 0) session.out.write(`\n${uncut(remedies, look)}`);
    print(session, [[], verdict]);
  }
  return anyBad(findings) ? 1 : 0;
}

async function takeAway(
  session: Session,
  host: Host,
  request: ServerRequest,
  options: RealserverOptions,
): Promise<ExitCode> {
  const removal = await prepareRemoval(host, request);
  const { steps, leaves } = removal;
  if (!(await isAgreed(session, steps, options, 'Remove?'))) return 1;
  await telling(session, () => remove(host, request, removal));
  if (options.json) {
    printJson(session, { changed: steps, leaves });
    return 0;
  }
  const done = steps.length === 0 ? '✔ nothing of ours is here' : '✔ removed';
  print(session, [[toned('good', done), plain(steps.length === 0 ? '' : `  ${count(steps.length, 'change')}`)]]);
  writeWhole(
    session,
    leaves.map((text) => `  left: ${text}`),
  );
  return 0;
}

/** Shows what will be done. From a yes on, beforehand or at the terminal, it is done to its end: it takes no time. */
async function isAgreed(
  session: Session,
  steps: readonly Step[],
  { yes, json }: RealserverOptions,
  question: string,
): Promise<boolean> {
  if (yes) session.interruption();
  if (steps.length > 0 && !json) print(session, diffLines(steps));
  if (steps.length > 0 && !yes && !(await confirm(session, question))) {
    session.err.write('nothing was changed\n');
    return false;
  }
  session.interruption();
  return true;
}

/** What could not be taken back is told before the fault, a line each. */
async function telling(session: Session, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (fault) {
    if (fault instanceof SetupFault)
      session.err.write(fault.left.map((text) => `left as it is: ${clean(text)}\n`).join(''));
    throw fault;
  }
}

function showSteps(session: Session, steps: readonly Step[]): void {
  print(session, [[toned('strong', 'changes')], ...diffLines(steps), [], [toned('strong', 'commands')]]);
  session.out.write(
    scriptLines(steps)
      .map((line) => `${line}\n`)
      .join(''),
  );
}

function writeWhole(session: Session, texts: readonly string[]): void {
  session.out.write(
    uncut(
      texts.map((text) => [plain(text)]),
      lookOf(session),
    ),
  );
}

function showNotes(session: Session, notes: readonly string[]): void {
  writeWhole(
    session,
    notes.map((text) => `▲ ${text}`),
  );
}

/** The options again, for a command that is to be typed. */
function wordsOf({ vip = [], forward }: RealserverOptions): string {
  return [...vip.map((one) => `--vip ${one}`), ...(forward === undefined ? [] : [`--forward ${forward}`])].join(' ');
}
