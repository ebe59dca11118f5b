/** The director's history as lines that a scenario can compare, oldest first. */
import type { HistoryRow } from '../../../src/store/store.ts';
import { ADDRESS, SERVERS } from './cluster.ts';

export interface Story {
  /** `edge1/rtmp ok > fail: refused` */
  readonly changes: readonly string[];
  /** `add spare weight 1`; a refused one ends with `REFUSED`. */
  readonly actions: readonly string[];
  /** The same with their causes. */
  readonly causes: readonly string[];
  /** `drain edge1: drain by root: disk` */
  readonly remarks: readonly string[];
  /** `down edge1 delivered` */
  readonly notices: readonly string[];
}

export function storyOf(rows: readonly HistoryRow[]): Story {
  const story = { changes: [] as string[], actions: [] as string[], causes: [] as string[] };
  const told = { remarks: [] as string[], notices: [] as string[] };
  for (const row of rows) {
    switch (row.type) {
      case 'change':
        story.changes.push(`${row.check} ${row.from} > ${row.to}: ${row.summary}`);
        break;
      case 'action': {
        const command = `${named(row.command)}${row.result === 'verified' ? '' : ' REFUSED'}`;
        story.actions.push(command);
        story.causes.push(`${command}, because ${row.cause}`);
        break;
      }
      case 'remark':
        told.remarks.push(`${row.kind}${row.server === null ? '' : ` ${row.server}`}: ${named(row.text)}`);
        break;
      case 'notice':
        told.notices.push(`${row.kind} ${row.server ?? 'director'} ${row.state}`);
        break;
      default:
        row satisfies never;
    }
  }
  return { ...story, ...told };
}

/**
 * Table commands without the draining of a stand-in that had a viewer just then: it goes at once when it has none,
 * over weight 0 when it has one.
 */
export function settledActions(story: Story): readonly string[] {
  return story.actions.filter((action) => action !== 'edit spare weight 0');
}

function named(text: string): string {
  let out = text;
  for (const server of SERVERS) out = out.replaceAll(`${ADDRESS[server]}:0`, server);
  return out;
}
