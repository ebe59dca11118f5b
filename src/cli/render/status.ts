/** The whole picture on one screen, what is needed first at the top. */
import type { IncidentStatus, Status } from '../../api/control.ts';
import { withReason } from '../../text.ts';
import { type Column, columns } from './columns.ts';
import { type Line, type Look, plain, toned } from './look.ts';
import { marksLines } from './marks.ts';
import { poolLines } from './pools.ts';
import { duration } from './time.ts';
import { verdictLine } from './verdict.ts';
import { count, marks } from './words.ts';

/** The lines are `look.width` wide at most, for any status. */
export function statusLines(status: Status, look: Look): Line[] {
  const sections = [
    [verdictLine(status), directorLine(status)],
    problemLines(status, look),
    marksLines(status, look),
    poolLines(status, look),
    incidentLines(status, look),
    mailLines(status, look),
  ];
  return sections.filter((lines) => lines.length > 0).flatMap((lines, at) => (at === 0 ? lines : [[], ...lines]));
}

function directorLine({ director, scheduler }: Status): Line {
  const parts = [
    director.name,
    `up ${duration(director.nowMs - director.startedMs)}`,
    `configuration ${duration(director.nowMs - director.configLoadedMs)} old`,
    count(scheduler.checks, 'check'),
    ...(scheduler.missedBeats > 0 ? [count(scheduler.missedBeats, 'missed beat')] : []),
    `understudy ${director.version}`,
    `pid ${director.pid}`,
  ];
  return [toned('quiet', `  ${parts.join(', ')}`)];
}

const problemColumns: readonly Column[] = [{}, { min: 20 }, { align: 'right', spare: 1 }];

function problemLines({ director, problems }: Status, look: Look): Line[] {
  const rows = problems.map(({ kind, text, sinceMs }) => [
    [toned('warn', `▲ ${kind}`)],
    [plain(text)],
    [plain(duration(director.nowMs - sinceMs))],
  ]);
  const { configError } = director;
  if (configError !== null && !problems.some(({ kind }) => kind === 'config')) {
    rows.push([[toned('warn', '▲ config')], [plain(configError)], []]);
  }
  return columns(problemColumns, rows, look);
}

const incidentColumns: readonly Column[] = [{ min: 8 }, { min: 20 }, { min: 12 }, { align: 'right' }];

function incidentLines({ director, incidents }: Status, look: Look): Line[] {
  if (incidents.length === 0) return [];
  const rows = incidents.map((incident) => [
    [toned(marks[incident.status].tone, `${marks[incident.status].glyph} ${incident.server}`)],
    [plain(incident.summary)],
    ackCell(incident),
    [plain(duration(director.nowMs - incident.openedMs))],
  ]);
  return [[toned('strong', count(incidents.length, 'open incident'))], ...columns(incidentColumns, rows, look, 2)];
}

function ackCell({ ack }: IncidentStatus): Line {
  if (ack === null) return [toned('warn', 'not acknowledged')];
  return [plain(`acked by ${ack.by}${withReason(ack.why)}`)];
}

function mailLines({ director, mail }: Status, look: Look): Line[] {
  const lines: Line[] = [];
  if (mail.waiting > 0) {
    const age = mail.oldestMs === null ? '' : `, the oldest for ${duration(director.nowMs - mail.oldestMs)}`;
    lines.push([toned('warn', '▲ mail'), plain(`  ${count(mail.waiting, 'notice')} waiting${age}`)]);
  }
  const rows = mail.badRecipients.map(({ recipient, error, atMs }) => [
    [toned('warn', '▲ refused')],
    [plain(recipient)],
    [plain(error)],
    [plain(duration(director.nowMs - atMs))],
  ]);
  const spec: readonly Column[] = [{}, { min: 16 }, { min: 20 }, { align: 'right', spare: 1 }];
  return [...lines, ...columns(spec, rows, look)];
}
