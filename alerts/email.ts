/** Writes the email of a notice: subject, text and HTML that stand alone on a phone at night. Pure. */
import { cut } from './cut.ts';
import type { EmailIncident, EmailInput, ThreadNotice } from './email-input.ts';
import { actionItems, keptList, listOf, problemItems, problemList } from './lists.ts';
import { messageIdOf } from './message-id.ts';
import { type EmailAction, notChanged, outcomeOf } from './outcome.ts';
import { type Page, pageHtml, pageText } from './page.ts';
import { duration, local, shortTime, span, utc } from './times.ts';

export type { EmailInput } from './email-input.ts';

export interface WrittenEmail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly references: readonly string[];
}

/** The root of the thread and the newest: a header has its limits. */
const mostReferences = 10;

export function renderEmail(input: EmailInput): WrittenEmail {
  const { notice } = input;
  const thread = input.thread.filter(
    (other) => other.id !== notice.id && other.alert === notice.alert && other.recipient === notice.recipient,
  );
  const [headline, page] =
    notice.incident === null ? directorPage(input) : incidentPage(input, notice.incident, thread);
  // One whose outcome we never heard may have arrived: refer to it too.
  const tried = thread.filter((other) => other.attempts > 0).map((other) => messageIdOf(other.id, input.director));
  return {
    subject: cut(`[understudy] ${headline}`, 200),
    text: pageText(page),
    html: pageHtml(page),
    references: tried.length <= mostReferences ? tried : [...tried.slice(0, 1), ...tried.slice(1 - mostReferences)],
  };
}

function directorPage(input: EmailInput): readonly [string, Page] {
  const { notice, director, nowMs, zone } = input;
  const isTest = notice.kind === 'test';
  const about = notice.about === '' && isTest ? 'test: this alert reaches you' : notice.about;
  const page: Page = {
    title: `${director}: ${cut(about, 300)}`,
    tone: 'plain',
    facts: [['Written', times(nowMs, zone)]],
    lists: [...problemList(input.problems), ...keptList(input.kept)],
    commands: isTest
      ? []
      : [
          ['understudy status', 'what the director knows now'],
          ['understudy table', 'the table as it is beside the table as it should be'],
        ],
    footer: `${director}, notice ${notice.id}`,
  };
  return [`${director}: ${cut(about, 120)}`, page];
}

function incidentPage(
  input: EmailInput,
  incident: EmailIncident,
  thread: readonly ThreadNotice[],
): readonly [string, Page] {
  const { notice, director, nowMs, zone, names } = input;
  const { server } = incident;
  const state = incident.status === 'fail' ? 'DOWN' : 'OVERLOADED';
  const summary = cut(incident.summary, 120);
  const reported = thread.some((other) => other.state === 'delivered');
  const kept = input.kept.some((line) => line.startsWith(`${server} `)) ? 'kept, no stand-in' : '';
  const outcome = cut(outcomeOf({ ...input, server }) || kept || withoutTable(input), 160);
  const lastedMs = (incident.closedMs ?? nowMs) - incident.openedMs;
  const recovered = notice.kind === 'recovered';
  const done = outcome === '' ? '' : ` -> ${outcome}`;
  const flaps = !recovered && fallsAgain(input, incident, thread);
  const now = flaps ? `${state} (flapping)` : state;

  const headline = {
    down: `${server} ${now}: ${summary}${done}`,
    overloaded: `${server} ${now}: ${summary}${done}`,
    changed: `${server} ${now}, now: ${summary}${done}`,
    reminder: `${server} STILL ${now} after ${duration(lastedMs)}: ${summary}${done}`,
    recovered: reported
      ? `${server} RECOVERED after ${duration(lastedMs)}: was ${summary}`
      : `${server} RECOVERED, was ${state.toLowerCase()} ${span(incident.openedMs, incident.closedMs ?? nowMs)}: ${summary}`,
    director: `${server}: ${summary}`,
    test: `${server}: ${summary}`,
  }[notice.kind];

  const end: Page['facts'] = incident.closedMs === null ? [] : [['Until', times(incident.closedMs, zone)]];
  const page: Page = {
    title: headline,
    tone: toneOf(incident.status, recovered),
    facts: [
      ['Since', times(incident.openedMs, zone)],
      ...end,
      ['For', [duration(lastedMs)]],
      ...factOf('Traffic', recovered ? '' : trafficOf(outcome, input.actions)),
      ...factOf('Note', cut(notice.about, 500)),
      ...factOf('Flapping', flaps ? 'fewer emails until it is stable' : ''),
      ...factOf('First email', recovered && !reported ? 'no earlier email about this could be delivered' : ''),
    ],
    lists: [
      ...problemList(input.problems),
      ...listOf('Failing checks', problemItems(incident)),
      ...listOf('What was done', actionItems(input.actions, names)),
      ...keptList(input.kept),
    ],
    commands: recovered ? afterwards(server) : commandsFor(server),
    footer: `${director}, incident ${incident.id}, notice ${notice.id}, written ${utc(nowMs)}`,
  };
  return [headline, page];
}

function toneOf(status: EmailIncident['status'], recovered: boolean): Page['tone'] {
  if (recovered) return 'good';
  return status === 'fail' ? 'bad' : 'warning';
}

/** The outcome if nothing was done because the table cannot be changed. */
function withoutTable({ notice, problems, actions }: EmailInput): string {
  const problem = problems.find(({ kind }) => kind === 'balancer');
  if (problem === undefined || notice.kind === 'recovered' || actions.length > 0) return '';
  return notChanged(problem.text);
}

const fallsToFlap = 3;
const recentMs = 600_000;

/** True if the server was reported down again and again, each time for a short while. */
function fallsAgain(input: EmailInput, incident: EmailIncident, thread: readonly ThreadNotice[]): boolean {
  const falls = [...thread, input.notice].filter(({ kind }) => kind === 'down' || kind === 'overloaded').length;
  const sinceMs = incident.problems[0]?.sinceMs ?? incident.openedMs;
  return falls >= fallsToFlap && input.nowMs - sinceMs < recentMs;
}

function trafficOf(outcome: string, actions: readonly EmailAction[]): string {
  const slowestMs = Math.max(0, ...actions.filter((done) => done.result === 'verified').map((done) => done.tookMs));
  if (outcome === '') return '';
  return slowestMs === 0 ? outcome : `${outcome}, verified in the table within ${shortTime(slowestMs)}`;
}

function factOf(label: string, text: string): Page['facts'] {
  return text === '' ? [] : [[label, [text]]];
}

function times(ms: number, zone: string): readonly string[] {
  const there = local(ms, zone);
  return there === null ? [utc(ms)] : [utc(ms), there];
}

function commandsFor(server: string): Page['commands'] {
  return [
    [`understudy explain ${server}`, 'why it is in or out of each pool'],
    [`understudy probe ${server}`, 'run its checks now and show the conversation'],
    [`understudy ack ${server}`, 'somebody is on it: no more reminders'],
  ];
}

function afterwards(server: string): Page['commands'] {
  return [
    [`understudy explain ${server}`, 'whether it is back in its pools, or when it will be'],
    [`understudy history --server ${server}`, 'what happened, and what was done'],
  ];
}
