/** `understudy agent`: on a video server, answers HAProxy's agent-check and the director. */
import { startAgent, thisMachine, watch } from '../agent/agent.ts';
import { readWords } from '../agent/limits.ts';
import { optionOf, readSettings, type Settings } from '../agent/settings.ts';
import { formatProblem, inFileOrder, type Problem } from '../config/problems.ts';
import { readSource, reportTo } from '../config/read.ts';
import type { Log } from '../ports.ts';
import { errorText } from '../text.ts';
import { type ExitCode, pause, printJson, type Session, UsageError } from './session.ts';

/** As commander gives them: text, or a list of texts. */
export interface AgentOptions {
  readonly config?: string | undefined;
  readonly once?: boolean | undefined;
  readonly bind?: string | undefined;
  readonly port?: readonly string[] | string | undefined;
  readonly onlyFrom?: readonly string[] | undefined;
  readonly measure?: string | undefined;
  readonly interface?: string | undefined;
  readonly diskPath?: readonly string[] | undefined;
  readonly wcs?: string | undefined;
  readonly nginxRtmp?: string | undefined;
  readonly every?: string | undefined;
  readonly hold?: string | undefined;
  readonly withoutData?: string | undefined;
  readonly lastWord?: string | undefined;
  readonly linger?: string | undefined;
}

/** Rates need the second look, which comes after a second; a source may take two. */
const secondLookMs = 1250;
const onceMs = 4000;
const stepMs = 250;
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

export async function agent(session: Session, words: readonly string[], options: AgentOptions): Promise<ExitCode> {
  const settings = settingsFor(words, options);
  if (options.once) return once(session, settings);
  const { openLog } = await import('../system/log.ts');
  const { log, flush } = openLog({
    level: session.env['UNDERSTUDY_LOG'] === 'debug' ? 'debug' : 'info',
    pretty: session.out.isTTY === true,
  });
  const interruption = session.interruption();
  try {
    const running = await startAgent(settings, thisMachine, session.clock, log).catch(cannotStart);
    log.info({ address: running.address ?? 'every address', port: running.port, limits: settings.limits }, 'answers');
    await aborted(interruption);
    log.info({ lastWord: settings.last_word }, 'stops');
    await running.stop();
    return 0;
  } finally {
    flush();
  }
}

/** Mostly a port that is taken. */
function cannotStart(fault: unknown): never {
  throw new Error(`cannot listen: ${errorText(fault)}`, { cause: fault });
}

export function settingsFor(words: readonly string[], options: AgentOptions): Settings {
  return options.config === undefined ? fromWords(words, options) : fromFile(options.config, words, options);
}

/** Everything is written down as in a file, and read by the same schema. */
export function fromWords(words: readonly string[], options: AgentOptions): Settings {
  const read = readWords(words);
  if ('wrong' in read) throw new UsageError(read.wrong);
  const value = Object.fromEntries(
    Object.entries({
      bind: options.bind,
      port: numberIn(options.port),
      only_from: options.onlyFrom?.flatMap((one) => one.split(',')),
      limits: words.length === 0 ? undefined : read.limits,
      measure: options.measure,
      interface: options.interface,
      disk_paths: options.diskPath,
      wcs: options.wcs,
      nginx_rtmp: options.nginxRtmp,
      every: options.every,
      hold: options.hold,
      without_data: options.withoutData,
      last_word: options.lastWord,
      linger: options.linger,
    }).filter(([, one]) => one !== undefined),
  );
  const wrong: string[] = [];
  const settings = readSettings(value, (path, message) => wrong.push(`${optionOf(path)}: ${message}`));
  if (settings === null) throw new UsageError(wrong.join('\n'));
  return settings;
}

function fromFile(file: string, words: readonly string[], { config: _, once: __, ...options }: AgentOptions): Settings {
  const beside = words[0] ?? Object.keys(options)[0];
  if (beside !== undefined)
    throw new UsageError('expected limits and options in the file or on the command line, got both');
  const { source, problems: faults } = readSource(file);
  const problems: Problem[] = [...faults];
  const value = source?.value ?? {};
  const settings = source === undefined || faults.length > 0 ? null : readSettings(value, reportTo(source, problems));
  if (settings === null) throw new UsageError(inFileOrder(problems).map(formatProblem).join('\n'));
  return settings;
}

/** One answer and its reasons, without a port. Two looks where something is a rate, more where the answer is late. */
async function once(session: Session, settings: Settings): Promise<ExitCode> {
  const interruption = session.interruption();
  const watcher = await watch(settings, thisMachine, session.clock, silent);
  try {
    for (let waitedMs = 0; waitedMs < onceMs && !interruption.aborted; waitedMs += stepMs) {
      if (waitedMs >= secondLookMs && watcher.answer() !== null) break;
      await pause(session, stepMs, interruption);
    }
    printJson(session, JSON.parse(watcher.report()));
    return watcher.answer()?.startsWith('up') ? 0 : 1;
  } finally {
    watcher.close();
  }
}

function numberIn(port: AgentOptions['port']): unknown {
  const text = typeof port === 'string' ? port : port?.at(-1);
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : text;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
