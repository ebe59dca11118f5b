/** What more than one scenario expects. */
import { like, same } from './claims.ts';
import { until } from './program.ts';
import type { Stage } from './stage.ts';

/** The table commands of a failover of edge1 and its end. */
export const swapAndBack = ['add spare weight 1', 'remove edge1', 'add edge1 weight 1', 'remove spare'];

/** Down and up again: one thread, in order, the second email answering the first. */
export async function expectThread(stage: Stage, subjects: readonly RegExp[]): Promise<void> {
  const mails = await stage.untilMails(subjects.length);
  same('number of mails', mails.length, subjects.length);
  const ids = mails.map(({ messageId }) => messageId);
  for (const [i, mail] of mails.entries()) {
    like(`subject of mail ${i + 1}`, mail.subject, subjects[i] as RegExp);
    same(`references of mail ${i + 1}`, mail.references, ids.slice(0, i));
    same(`what mail ${i + 1} answers`, mail.inReplyTo, i === 0 ? null : ids[0]);
  }
}

/** A visit that began after this time must not have failed. */
export async function expectVisits(stage: Stage, sinceMs: number): Promise<void> {
  const since = (): typeof stage.viewer.visits => stage.viewer.visits.filter(({ atMs }) => atMs > sinceMs);
  await until('visits after the swap', () => since().length >= 10, 20_000);
  const failed = since().filter(({ error }) => error !== null);
  same('visits that failed after the swap', failed, []);
}

/** Waits until the status says so of a server. */
export async function untilStatus(stage: Stage, server: string, status: string, timeoutMs = 15_000): Promise<void> {
  const is = async (): Promise<boolean> =>
    (await stage.director.status()).servers.some((one) => one.name === server && one.status === status);
  await until(`${server} is ${status}`, is, timeoutMs, 20);
}
