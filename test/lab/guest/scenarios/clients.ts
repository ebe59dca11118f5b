/** Clients that change at run time, and very many of them. */
import * as path from 'node:path';
import { untilCalm } from '../calm.ts';
import { like, same } from '../claims.ts';
import { ADDRESS, CLIENTS, VIP } from '../cluster.ts';
import { runInProcess } from '../in-process.ts';
import { nowMs, type Outcome, until } from '../program.ts';
import { PORTS } from '../services.ts';
import type { WholeScenario, WholeStage } from '../whole-stage.ts';
import { applied, clientsFile, declared } from './declared.ts';

const { edge1, edge2 } = ADDRESS;
const [one = '', two = '', three = ''] = CLIENTS;

/** What a person types while the daemon runs. */
function ask(stage: WholeStage, ...args: readonly string[]): Promise<Outcome> {
  return runInProcess([...args, '--socket', path.join(stage.director.stateDir, 'control.sock')]);
}

async function must(stage: WholeStage, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await ask(stage, ...args);
  same(`exit status of ${args.join(' ')} (${stderr})`, status, 0);
  return stdout;
}

/** Where a new connection of the client goes. */
async function serverOf(stage: WholeStage, client: string): Promise<string | null> {
  return (await stage.client.visit('echo', client, PORTS.echo)).server;
}

/** What the order takes; the next connection goes to the new server. Its fellows stay where they are. */
async function timeToMove(stage: WholeStage, client: string, mark: number, server: string): Promise<string> {
  const startMs = nowMs();
  await stage.director.post(`/clients/${client}`, { mark, by: 'lab', why: '' });
  const tookMs = nowMs() - startMs;
  same(`server of ${client} with mark ${mark}`, await serverOf(stage, client), server);
  return `${Math.round(tookMs)} ms`;
}

/** The most of several: what disturbs makes it less. */
async function connectionsPerSecond(stage: WholeStage, bursts: number): Promise<number> {
  const count = stage.kernel === 'debian' ? 200 : 400;
  const rates: number[] = [];
  for (let i = 0; i < bursts; i += 1) rates.push(await stage.client.burst(one, PORTS.echo, count, 4));
  return Math.max(...rates);
}

export const clientScenarios: readonly WholeScenario[] = [
  {
    name: 'sends a client that was set manually elsewhere at once, and leaves its stream where it is',
    limitMs: 180_000,
    async play(stage) {
      const { director } = stage;
      stage.write(
        'understudy.yaml',
        declared(stage, 'auto', [`{ from: ${one}-${two}, mark: 1 }`, `{ from: ${three}, mark: 2 }`]),
      );
      await director.start();
      await untilCalm(director);
      same('server before', await serverOf(stage, one), edge1);
      const stream = await stage.cluster.stream({ protocol: 'rtsp', from: one, address: VIP, timeoutMs: 5000 });
      same('server of the stream', stream.server, edge1);
      await until('pictures', () => stream.bytes() > 10_000, 30_000);

      stage.note(`client set ${await timeToMove(stage, one, 2, edge2)}`);
      same('server of another client of that network', await serverOf(stage, two), edge1);
      const bytes = stream.bytes();
      await until('more pictures', () => stream.bytes() > bytes + 10_000, 30_000);
      same('end of the stream', stream.closed(), null);

      const refused = await ask(stage, 'client', 'set', one, '77');
      same('exit status for a mark that no service has', refused.status, 1);
      like('what it says', refused.stderr, /77/);
      same('server after a refusal', await serverOf(stage, one), edge2);
      like('what `client find` says', await must(stage, 'client', 'find', one), /2/);

      // As after a reboot: nothing is there, and the hand is remembered.
      await director.end('SIGKILL');
      const { status } = await stage.understudy('clear', '--yes');
      same('exit status of clear', status, 0);
      same('server after clear', await serverOf(stage, one), null);
      await director.start();
      await until('the hand holds again', async () => (await serverOf(stage, one)) === edge2, 30_000, 50);
      await must(stage, 'client', 'unset', one);
      same('server after unset', await serverOf(stage, one), edge1);
      await stream.stop();
    },
  },
  {
    name: 'applies 20,000 clients, changes one at once, and a new connection costs as much as with 10',
    limitMs: 400_000,
    async play(stage) {
      const { director } = stage;
      const lines = [`{ from: ${one}, mark: 1 }`, '{ file: clients.csv }'];
      stage.write('understudy.yaml', declared(stage, 'auto', lines));
      const best = new Map<number, number>();
      for (const count of [10, 20_000, 10, 20_000]) {
        stage.write('clients.csv', clientsFile(count));
        const startMs = nowMs();
        await applied(stage);
        stage.note(`apply with ${count} clients ${Math.round(nowMs() - startMs)} ms`);
        best.set(count, Math.max(best.get(count) ?? 0, await connectionsPerSecond(stage, 5)));
      }
      const [few = Number.NaN, many = Number.NaN] = [best.get(10), best.get(20_000)];
      stage.note(`connections a second: ${Math.round(few)} with 10, ${Math.round(many)} with 20,000 clients`);
      stage.note(`ratio ${(many / few).toFixed(2)}`);
      await director.start();
      await untilCalm(director);
      const times: string[] = [];
      for (let i = 0; i < 6; i += 1) {
        const mark = i % 2 === 0 ? 2 : 1;
        times.push(await timeToMove(stage, one, mark, mark === 2 ? edge2 : edge1));
      }
      stage.note(`client set with 20,000 clients ${times.join(', ')}`);
    },
  },
];
