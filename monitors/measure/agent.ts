import { reportWord } from '../../src/formats/agent-report.ts';
import type { CheckContext, Target } from '../../src/plugin/plugin.ts';
import { converse, type Talk } from '../shared/dialog.ts';
import { quote } from '../shared/quote.ts';
import { fail, ok, unknown } from '../shared/verdicts.ts';
import { type AgentReport, readAgentReport } from './agent-report.ts';
import type { Look, Source } from './source.ts';

/** The agent reads its figures at least every 60 s; after half as much again it counts as hung. */
const oldestMs = 90_000;

/** How its first line can start: a word of HAProxy's agent check, or a percentage. */
const answer = /^ *(up|down|stopped|fail|drain|maint|ready|\d{1,3}%|maxconn:)?([ ,\t#]|$)/i;
/** A first line is accepted up to this many bytes. */
const undecidedBytes = 8;

/** The figures of `understudy agent`, on the port that HAProxy uses too. */
export function agentSource(port: number): Source {
  return async (target: Target, context: CheckContext): Promise<Look> => {
    const listener = listening();
    const verdict = await converse(target, port, listener.talk, context);
    const report = listener.report();
    if (verdict.status !== 'ok' || report === null) return { verdict };
    if (report.ageMs === null) return { verdict: unknown('no figures yet') };
    if (report.ageMs > oldestMs) {
      return { verdict: unknown('the agent stopped reading its figures', `${Math.round(report.ageMs / 1000)} s old`) };
    }
    return { facts: report.facts };
  };
}

function listening(): { readonly talk: Talk; readonly report: () => AgentReport | null } {
  let text = '';
  let report: AgentReport | null = null;
  const another = () => fail(`expected the figures of understudy agent, got ${quote(text)}`);
  const talk: Talk = {
    waitingFor: reportWord,
    connected(say) {
      say(`${reportWord}\n`);
      return null;
    },
    heard(chunk) {
      // Figures are ASCII.
      text += chunk.toString('latin1');
      if (!mayBeAgent(text)) return another();
      report = readAgentReport(text);
      return report === null ? null : ok('figures');
    },
    stopped(how) {
      const rest = text.slice(text.indexOf('\n') + 1);
      // A different agent-check program: it sends its line and nothing more.
      return how !== 'too long' && text.includes('\n') && rest.trim() === '' ? another() : null;
    },
  };
  return { talk, report: () => report };
}

function mayBeAgent(text: string): boolean {
  const [first = '', second] = text.split(/\r?\n/, 2);
  if (second === undefined && first.length < undecidedBytes) return /^[ -~]*$/.test(first);
  return answer.test(first);
}
