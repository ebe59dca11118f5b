/** When nothing is left to be done or said. */
import type { Status } from '../../../src/api/control.ts';
import type { Director } from './director.ts';
import { until } from './program.ts';

const calmLimitMs = 90_000;

/** Until the director has nothing to say of any server, and the tables are as configured. */
export async function untilCalm(director: Pick<Director, 'status'>, timeoutMs = calmLimitMs): Promise<void> {
  let last = '';
  const isCalm = async (): Promise<boolean> => {
    last = unrest(await director.status());
    return last === '';
  };
  await until('all is calm', isCalm, timeoutMs, 50).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}; ${last}`, { cause: error });
  });
}

/** What is not yet as it should be, in a few words; empty when all is. */
function unrest(status: Status): string {
  const checks = status.servers.flatMap((server) => server.checks.map((check) => ({ server: server.name, ...check })));
  const ill = checks.filter((check) => check.status !== 'ok' || check.unknown !== null);
  const loose = checks.filter(({ type, tripwire }) => (type === 'rtsp' || type === 'rtmp') && tripwire !== 'armed');
  const places = status.services.flatMap((service) => service.places);
  const misplaced = places.filter(({ role, actualWeight }) => actualWeight !== (role === 'member' ? 1 : null));
  return [
    ...ill.map(({ server, monitor, status: is, summary }) => `${server}/${monitor} ${is} ${summary}`),
    ...loose.map(({ server, monitor, tripwire }) => `tripwire of ${server}/${monitor} ${tripwire}`),
    ...misplaced.map(({ server, actualWeight, why }) => `${server} has weight ${actualWeight}: ${why}`),
    ...status.problems.map(({ text }) => text),
    ...status.incidents.map(({ id }) => `incident ${id} is open`),
    ...(places.length === 0 ? ['no pool was decided yet'] : []),
    ...(status.marks !== null && status.marks.inSyncSinceMs === null ? ['packets are not marked yet'] : []),
    ...(status.mail.waiting === 0 ? [] : [`${status.mail.waiting} mails wait`]),
  ].join(', ');
}
