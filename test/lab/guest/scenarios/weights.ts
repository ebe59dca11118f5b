/** Weights that follow the load, on a real table with real connections. */
import { like, same } from '../claims.ts';
import { SERVERS, type ServerName } from '../cluster.ts';
import { nowMs, pauseMs, until } from '../program.ts';
import type { Scenario } from '../stage.ts';
import { everyMs, type Fullness, fullness, onWeights, type WeightsStage, weightChanges } from '../weights-stage.ts';

const tolerance = 0.1;
/** Long enough for the chance of who comes and goes to even out. */
const windowMs = 10_000;
/** What was the fullest, and is silent, holds the weight for four acts; less what its last news was old. */
const heldForMs = 4 * everyMs - 2000;
/** Right for the capacities, by the base that equal weights have. */
const learned = { edge1: 25, edge2: 50, spare: 100 };

/** No scheduler divides a viewer: the smallest server has some forty, and one of them is 3 % of it. */
function isLevel(full: Readonly<Record<ServerName, Fullness>>): boolean {
  return SERVERS.every((server) => Math.abs(full[server].beside - 1) <= tolerance + full[server].oneViewer);
}

function shown(full: Readonly<Record<ServerName, Fullness>>): string {
  return SERVERS.map((server) => `${server} ${(100 * full[server].beside).toFixed(1)} %`).join(', ');
}

async function untilLevel({ samples }: WeightsStage, sinceMs: number, limitMs: number): Promise<void> {
  const look = () => fullness(samples, Math.max(sinceMs, nowMs() - windowMs));
  const isSo = (): boolean => nowMs() - sinceMs >= windowMs && isLevel(look());
  await until('servers equally full', isSo, limitMs, 200).catch((error: Error) => {
    throw new Error(`${error.message}; beside the pool they are at ${shown(look())}`, { cause: error });
  });
}

export const weightScenarios: readonly Scenario[] = [
  {
    name: 'finds the weights of three servers of unlike capacity by what fills them, and then leaves them alone',
    limitMs: 240_000,
    play: (stage) =>
      onWeights(stage, async (scene) => {
        const { director } = stage;
        scene.configure({ dryRun: true });
        await director.start();
        await until('all three pooled', () => SERVERS.every((one) => scene.weights()[one] === 1), 30_000, 50);
        await scene.crowd.become(260);
        const would = await scene.untilWhy('edge1', /fuller than the pool|overloaded/, 30_000);
        stage.note(`a dry run says: ${would}`);
        await pauseMs(2 * everyMs);
        same('weights after a dry run', scene.weights(), { edge1: 1, edge2: 1, spare: 1 });

        scene.configure({ dryRun: false });
        director.hangUp();
        await until('weights in the scale of the law', () => (scene.weights().spare ?? 0) > 1, 20_000, 5);
        const startMs = nowMs();
        await untilLevel(scene, startMs, 100_000);
        const levelMs = nowMs();
        await pauseMs(45_000);
        const after = fullness(scene.samples, levelMs);
        const changes = weightChanges(scene.samples.filter(({ atMs }) => atMs >= startMs));
        const late = changes.filter(({ atMs }) => atMs >= levelMs);
        stage.note(
          `level after ${Math.round((levelMs - startMs) / everyMs)} acts with ${changes.length - late.length} changes`,
        );
        stage.note(`${late.length} more in ${Math.round((nowMs() - levelMs) / everyMs)} acts; then ${shown(after)}`);
        stage.note(`weights ${JSON.stringify(scene.weights())}`);
        if (!isLevel(after)) throw new Error(`expected servers equally full, got ${shown(after)}`);
        if (changes.length >= 20) throw new Error(`expected fewer than 20 changes, got ${changes.length}`);

        const weights = scene.weights();
        for (const server of SERVERS) {
          const { actualWeight, desiredWeight, balanced } = await scene.place(server);
          same(`weight of ${server} in the status`, [actualWeight, desiredWeight], [weights[server], weights[server]]);
          like(
            `reason of ${server}`,
            balanced?.why,
            /^has \d+ % of its base 100: (cpu|subscribers) \d+ %, smoothed \d+ %, pool \d+ %: .*, weight/,
          );
        }
        const { stdout } = await director.command('explain', 'spare');
        like('explain spare', stdout, /subscribers \d+ %, smoothed \d+ %, pool \d+ %: /);
      }),
  },
  {
    name: 'holds weights without figures and under a hand, and lets a server that was out come in slowly',
    limitMs: 240_000,
    play: (stage) =>
      onWeights(stage, async (scene) => {
        const { cluster, director } = stage;
        await scene.adoptable(learned);
        scene.configure({ dryRun: false });
        await scene.crowd.become(170);
        await director.start();
        await scene.untilWhy('spare', /subscribers .*level with the pool/, 30_000);
        same('weights as they were found', scene.weights(), learned);

        // Its processors are nearly idle, and then nobody knows: that they were is no reason to send it more.
        scene.hideCpu('edge1', true);
        const hiddenMs = nowMs();
        const silent = await scene.untilWhy('edge1', /no news of cpu for \d+ s, held, weight \d+ stays/, 30_000);
        stage.note(`without figures: ${silent}`);
        const heldMs = nowMs();
        await scene.crowd.become(110);
        await pauseMs(Math.max(0, hiddenMs + heldForMs - nowMs()));
        const heldChanges = changesOf(scene, 'edge1', heldMs, hiddenMs + heldForMs);
        same('changes of edge1 while nothing is known of it', heldChanges, []);
        scene.hideCpu('edge1', false);
        await scene.crowd.become(170);
        await scene.untilWhy('edge1', /cpu \d+ %, smoothed/, 15_000);

        like('answer to drain', (await director.command('drain', 'edge1', '--why', 'new disk')).stdout, /drain/);
        const drainedMs = nowMs();
        await pauseMs(3 * everyMs);
        same('weight of a drained server', scene.weights().edge1, 0);
        same('changes of edge1 while a hand is on it', changesOf(scene, 'edge1', drainedMs), []);
        same('exit status of enable', (await director.command('enable', 'edge1')).status, 0);
        await until('edge1 is pooled', () => (scene.weights().edge1 ?? 0) > 0, 10_000, 5);

        const before = scene.weights();
        const killedMs = nowMs();
        cluster.kill('edge2', 'rtmp', 'SIGKILL');
        await until('edge2 is out', () => scene.weights().edge2 === undefined, 15_000, 2);
        same('weight of spare in the same stroke', scene.weights().spare, before.spare);
        await cluster.startServer('edge2', ['rtmp']);
        await until('edge2 is back', () => scene.weights().edge2 !== undefined, 15_000, 2);
        const first = scene.weights().edge2 ?? 0;
        if (first > 11 || first < 1) throw new Error(`expected a tenth of 100 at most, got ${first}`);
        await until('edge2 has half of what it had', () => (scene.weights().edge2 ?? 0) >= 25, 45_000, 50);
        const steps = changesOf(scene, 'edge2', killedMs);
        stage.note(`edge2 came in by ${steps.join(', ')}`);
        const bold = steps.filter((step) => {
          const [from = 0, to = 0] = step.split(' > ').map(Number);
          // A quarter more, and what rounding adds.
          return to < from || to > from * 1.25 + 3;
        });
        same('steps that were too large', bold, []);
        expectNoZero(scene, killedMs);
      }),
  },
  {
    name: 'goes on from the weights in the table after kill -9 in the middle of writing them',
    limitMs: 240_000,
    play: (stage) =>
      onWeights(stage, async (scene) => {
        const { director } = stage;
        await scene.adoptable({ edge1: 100, edge2: 100, spare: 100 });
        scene.configure({ dryRun: false });
        await scene.crowd.become(132);
        const startMs = nowMs();
        for (let round = 0; round < 2; round += 1) {
          await director.start();
          await untilSettled(scene);
          const before = JSON.stringify(scene.weights());
          await until('a weight is written', () => JSON.stringify(scene.weights()) !== before, 40_000, 5);
          await director.end('SIGKILL');
          stage.note(`round ${round + 1}: ${before} > ${JSON.stringify(scene.weights())}`);
        }
        await director.start();
        await untilSettled(scene);
        expectNoZero(scene, startMs);
        const jumps = weightChanges(scene.samples.filter(({ atMs }) => atMs >= startMs)).filter(
          ({ from, to }) => to < from * 0.79 || to > from * 1.26,
        );
        same('jumps', jumps, []);
        const edge1 = scene.weights().edge1 ?? 0;
        if (edge1 >= 90) throw new Error(`expected what was learned of edge1 to be kept, got weight ${edge1}`);
        const { remarks, actions, causes } = await stage.story();
        const unasked = causes.filter((cause) => !/because edge[12]: cpu|because spare: subscribers/.test(cause));
        same('changes for another cause than load', unasked, []);
        const unseen = actions.filter((action) => {
          const [, server = '', weight] = /^edit (\w+) weight (\d+)$/.exec(action) ?? [];
          return !scene.samples.some(({ weights }) => weights[server as ServerName] === Number(weight));
        });
        same('weights that the history has and the table never had', unseen, []);
        same(
          'drift',
          remarks.filter((remark) => remark.startsWith('drift')),
          [],
        );
        same(
          'refused commands',
          actions.filter((action) => action.includes('REFUSED')),
          [],
        );
      }),
  },
];

function changesOf(
  { samples }: WeightsStage,
  server: ServerName,
  sinceMs: number,
  untilMs = Number.POSITIVE_INFINITY,
): readonly string[] {
  const within = weightChanges(samples.filter(({ atMs }) => atMs >= sinceMs && atMs <= untilMs));
  return within.filter((one) => one.server === server).map(({ from, to }) => `${from} > ${to}`);
}

function expectNoZero({ samples }: WeightsStage, sinceMs: number): void {
  const zeros = samples.filter(({ atMs, weights }) => atMs >= sinceMs && Object.values(weights).includes(0));
  same('moments with a weight of 0', zeros.length, 0);
}

/** Until the director has seen all servers, and wishes what the table has. */
async function untilSettled({ place, weights }: WeightsStage): Promise<void> {
  const isSo = async (): Promise<boolean> => {
    const places = await Promise.all(SERVERS.map(place));
    return places.every(({ server, desiredWeight, actualWeight, balanced }) => {
      const inTable = weights()[server as ServerName];
      return balanced !== undefined && desiredWeight === inTable && actualWeight === inTable;
    });
  };
  await until('status and table agree', isSo, 20_000, 20);
}
