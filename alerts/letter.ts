/** Writes the letter of a notice: subject, text and HTML that stand alone on a phone at night. Pure. */
import type { NoticeKind } from '../src/plugin.ts';
import { messageIdOf } from './message-id.ts';
import { type LetterAction, type Names, namedCommand, outcomeOf } from './outcome.ts';
import { type Item, type Page, pageHtml, pageText } from './page.ts';
import { duration, local, shortTime, span, utc, utcClock } from './times.ts';

export interface LetterInput {
  /** The notice as the outbox has it. */
  readonly notice: {
    readonly id: string;
    readonly alert: string;
    readonly recipient: string;
    readonly kind: NoticeKind;
    readonly incident: LetterIncident | null;
    /** What a `director` or `test` notice says; in the others a further line, such as who was kept although failing. */
    readonly about: string;
  };
  /** All notices of the incident, oldest first, this one included or not. */
  readonly thread: readonly ThreadNotice[];
  /** Table actions of the incident, oldest first. */
  readonly actions: readonly LetterAction[];
  /** Servers pooled although bad, any server's, one line each that begins with its name: `edge2 in playout`. */
  readonly kept: readonly string[];
  readonly names: Names;
  readonly director: string;
  /** IANA zone of the reader, beside UTC. */
  readonly zone: string;
  readonly nowMs: number;
}

export interface LetterIncident {
  readonly id: string;
  readonly server: string;
  readonly openedMs: number;
  readonly closedMs: number | null;
  readonly status: 'overloaded' | 'fail';
  readonly summary: string;
  readonly troubles: readonly {
    readonly check: string;
    readonly status: 'overloaded' | 'fail';
    readonly summary: string;
    readonly detail: string;
    readonly sinceMs: number;
  }[];
}

export interface ThreadNotice {
  readonly id: string;
  readonly alert: string;
  readonly recipient: string;
  readonly attempts: number;
  readonly state: 'waiting' | 'delivered' | 'dead';
}

export interface WrittenLetter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly references: readonly string[];
}

const mostItems = 12;
/** The root of the thread and the newest: a header has its limits. */
const mostReferences = 10;

export function renderLetter(input: LetterInput): WrittenLetter {
  const { notice } = input;
  const thread = input.thread.filter(
    (other) => other.id !== notice.id && other.alert === notice.alert && other.recipient === notice.recipient,
  );
  const [headline, page] =
    notice.incident === null
      ? directorPage(input)
      : incidentPage(
          input,
          notice.incident,
          thread.some((other) => other.state === 'delivered'),
        );
  // One whose outcome we never heard may have arrived: refer to it too.
  const tried = thread.filter((other) => other.attempts > 0).map((other) => messageIdOf(other.id, input.director));
  return {
    subject: cut(`[understudy] ${headline}`, 200),
    text: pageText(page),
    html: pageHtml(page),
    references: tried.length <= mostReferences ? tried : [...tried.slice(0, 1), ...tried.slice(1 - mostReferences)],
  };
}

function directorPage(input: LetterInput): readonly [string, Page] {
  const { notice, director, nowMs, zone } = input;
  const isTest = notice.kind === 'test';
  const about = notice.about === '' && isTest ? 'test: this alert reaches you' : notice.about;
  const page: Page = {
    title: `${director}: ${cut(about, 300)}`,
    tone: 'plain',
    facts: [['Written', times(nowMs, zone)]],
    lists: keptList(input.kept),
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

function incidentPage(input: LetterInput, incident: LetterIncident, told: boolean): readonly [string, Page] {
  const { notice, director, nowMs, zone, names } = input;
  const { server } = incident;
  const state = incident.status === 'fail' ? 'DOWN' : 'OVERLOADED';
  const summary = cut(incident.summary, 120);
  const outcome =
    outcomeOf(server, input.actions, names) ||
    (input.kept.some((line) => line.startsWith(`${server} `)) ? 'kept, no stand-in' : '');
  const lastedMs = (incident.closedMs ?? nowMs) - incident.openedMs;
  const recovered = notice.kind === 'recovered';
  const done = outcome === '' ? '' : ` -> ${outcome}`;

  const headline = {
    down: `${server} ${state}: ${summary}${done}`,
    overloaded: `${server} ${state}: ${summary}${done}`,
    changed: `${server} ${state}, now: ${summary}${done}`,
    reminder: `${server} STILL ${state} after ${duration(lastedMs)}: ${summary}${done}`,
    recovered: told
      ? `${server} RECOVERED after ${duration(lastedMs)}: was ${summary}`
      : `${server} RECOVERED, was ${state.toLowerCase()} ${span(incident.openedMs, incident.closedMs ?? nowMs)}: ${summary}`,
    director: `${server}: ${summary}`,
    test: `${server}: ${summary}`,
  }[notice.kind];

  const end: Page['facts'] = incident.closedMs === null ? [] : [['Until', times(incident.closedMs, zone)]];
  const page: Page = {
    title: headline,
    tone: recovered ? 'good' : incident.status === 'fail' ? 'bad' : 'warning',
    facts: [
      ['Since', times(incident.openedMs, zone)],
      ...end,
      ['For', [duration(lastedMs)]],
      ...factOf('Traffic', recovered ? '' : trafficOf(outcome, input.actions)),
      ...factOf('Note', cut(notice.about, 500)),
      ...factOf('Not told before', recovered && !told ? 'no earlier letter about this could be delivered' : ''),
    ],
    lists: [
      ...listOf('Failing checks', troubleItems(incident)),
      ...listOf('What was done', actionItems(input.actions, names)),
      ...keptList(input.kept),
    ],
    commands: recovered ? afterwards(server) : commandsFor(server),
    footer: `${director}, incident ${incident.id}, notice ${notice.id}, written ${utc(nowMs)}`,
  };
  return [headline, page];
}

function trafficOf(outcome: string, actions: readonly LetterAction[]): string {
  const slowestMs = Math.max(0, ...actions.filter((done) => done.result === 'verified').map((done) => done.tookMs));
  if (outcome === '') return '';
  return slowestMs === 0 ? outcome : `${outcome}, verified in the table within ${shortTime(slowestMs)}`;
}

function troubleItems(incident: LetterIncident): readonly Item[] {
  return incident.troubles.map((trouble) => ({
    text: `${trouble.check} ${trouble.status === 'fail' ? 'fails' : 'is overloaded'} since ${utc(trouble.sinceMs)}: ${cut(trouble.summary, 200)}`,
    note: cutLines(trouble.detail, 2000),
  }));
}

function actionItems(actions: readonly LetterAction[], names: Names): readonly Item[] {
  return actions.map((action, index) => {
    const how =
      action.result === 'verified' ? `verified in ${shortTime(action.tookMs)}` : `REFUSED: ${cut(action.error, 300)}`;
    const because = actions[index - 1]?.cause === action.cause ? '' : `because ${cut(action.cause, 200)}`;
    const command = namedCommand(cut(action.command, 200), names);
    return { text: `${utcClock(action.atMs)} ${action.service}: ${command}: ${how}`, note: because };
  });
}

function keptList(kept: readonly string[]): Page['lists'] {
  return listOf(
    'Kept in the pool although failing or overloaded',
    kept.map((text) => ({ text: cut(text, 200), note: '' })),
  );
}

/** The newest of a long list: the letter is read on a phone, the history has the rest. */
function listOf(title: string, items: readonly Item[]): Page['lists'] {
  if (items.length === 0) return [];
  const left = items.length - mostItems;
  if (left <= 0) return [{ title, items }];
  return [{ title, items: [{ text: `${left} earlier, see understudy history`, note: '' }, ...items.slice(left)] }];
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

/** Summaries come from the network: one line without control characters, and an end. */
function cut(text: string, most: number): string {
  return cutLines(text.replace(/\s+/g, ' '), most);
}

function cutLines(text: string, most: number): string {
  const plain = text
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n]+/gu, ' ')
    .trim();
  return plain.length <= most ? plain : `${plain.slice(0, most - 1)}…`;
}
