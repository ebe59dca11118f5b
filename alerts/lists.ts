/** The lists of an email: what fails, what was done, the director's own problems. */
import { cut, cutLines } from './cut.ts';
import type { EmailIncident, EmailProblem } from './email-input.ts';
import { type EmailAction, type Names, namedCommand } from './outcome.ts';
import type { Item, Page } from './page.ts';
import { shortTime, utc, utcClock } from './times.ts';

const mostItems = 12;

export function problemItems(incident: EmailIncident): readonly Item[] {
  return incident.problems.map((problem) => ({
    text: `${problem.check} ${problem.status === 'fail' ? 'fails' : 'is overloaded'} since ${utc(problem.sinceMs)}: ${cut(problem.summary, 200)}`,
    note: cutLines(problem.detail, 2000),
  }));
}

export function actionItems(actions: readonly EmailAction[], names: Names): readonly Item[] {
  return actions.map((action, index) => {
    const how =
      action.result === 'verified' ? `verified in ${shortTime(action.tookMs)}` : `REFUSED: ${cut(action.error, 300)}`;
    const because = actions[index - 1]?.cause === action.cause ? '' : `because ${cut(action.cause, 200)}`;
    const command = namedCommand(cut(action.command, 200), names);
    return { text: `${utcClock(action.atMs)} ${action.service}: ${command}: ${how}`, note: because };
  });
}

export function problemList(problems: readonly EmailProblem[]): Page['lists'] {
  return listOf(
    'Problems of the director itself',
    problems.map(({ text }) => ({ text: cut(text, 300), note: '' })),
  );
}

export function keptList(kept: readonly string[]): Page['lists'] {
  return listOf(
    'Kept in the pool although failing or overloaded',
    kept.map((text) => ({ text: cut(text, 200), note: '' })),
  );
}

/** The newest of a long list: the email is read on a phone, the history has the rest. */
export function listOf(title: string, items: readonly Item[]): Page['lists'] {
  if (items.length === 0) return [];
  const left = items.length - mostItems;
  if (left <= 0) return [{ title, items }];
  return [{ title, items: [{ text: `${left} earlier, see understudy history`, note: '' }, ...items.slice(left)] }];
}
