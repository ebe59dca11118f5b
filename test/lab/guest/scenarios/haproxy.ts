/** Pools of a real HAProxy while RTMP streams run through it. */
import { like, same } from '../claims.ts';
import { ADDRESS, type ServerName } from '../cluster.ts';
import { untilStatus } from '../expectations.ts';
import type { BackendName } from '../haproxy.ts';
import { backends, type HaproxyStage, onHaproxy } from '../haproxy-stage.ts';
import type { Player } from '../players.ts';
import { nowMs, until } from '../program.ts';
import type { Scenario, Stage } from '../stage.ts';
import { untilPooled } from '../table.ts';

const { edge1, edge2, spare } = ADDRESS;
const swapLimitMs = 20_000;

/** Whole until now, and still playing. */
async function expectWhole(player: Player): Promise<void> {
  await player.untilMore(5);
  same(`pictures of ${player.server} that were lost`, player.now().lost, 0);
}

/** Three new viewers get to all of these, and to nobody else. */
async function expectViewersOn(scene: HaproxyStage, backend: BackendName, servers: readonly string[]): Promise<void> {
  const players = [await scene.play(backend), await scene.play(backend), await scene.play(backend)];
  const seen = [...new Set(players.map(({ server }) => server))].sort();
  for (const player of players) await player.stop();
  same(`servers of new viewers through ${backend}`, seen, servers);
}

/** A player whom HAProxy sends to this server. */
async function guestOf(server: string, { play }: HaproxyStage, backend: BackendName): Promise<Player> {
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const player = await play(backend);
    if (player.server === server) return player;
    await player.stop();
  }
  throw new Error(`expected a player on ${server} through ${backend} in 8 attempts, got none`);
}

async function adminOf({ haproxy }: HaproxyStage, name: string): Promise<number | undefined> {
  return (await haproxy.lines('lined')).find((line) => line.name === name)?.admin;
}

/** Streams as the director counts them; null: it is not in that pool. */
async function countOf(scene: HaproxyStage, backend: BackendName, server: ServerName): Promise<number | null> {
  const place = await scene.place(backend, server);
  return place === undefined || place.actualWeight === null ? null : place.activeConns;
}

async function untilCount(
  scene: HaproxyStage,
  backend: BackendName,
  server: ServerName,
  count: number | null,
): Promise<void> {
  let last: number | null = null;
  const isSo = async (): Promise<boolean> => {
    last = await countOf(scene, backend, server);
    return last === count;
  };
  await until(`${count} streams of ${server} in ${backend}`, isSo, 15_000, 50).catch((error: Error) => {
    throw new Error(`${error.message}; there are ${last}`, { cause: error });
  });
}

async function command(stage: Stage, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await stage.director.command(...args);
  same(`exit status of \`understudy ${args.join(' ')}\` (${stderr})`, status, 0);
  return stdout;
}

export const haproxyScenarios: readonly Scenario[] = [
  {
    name: 'swaps a dead server in HAProxy and in IPVS, and the streams of the others lose no picture',
    limitMs: 180_000,
    play: (stage) =>
      onHaproxy(stage, async (scene) => {
        const { cluster } = stage;
        const [lined, moved] = [await scene.onEach('lined'), await scene.onEach('moved')];
        const killedMs = cluster.kill('edge1', 'rtmp', 'SIGKILL');
        await scene.untilOpen(['edge2', 'spare'], swapLimitMs);
        stage.note(`both backends right ${Math.round(nowMs() - killedMs)} ms after the kill`);
        await untilPooled([edge2, spare], swapLimitMs);
        for (const backend of backends) await expectViewersOn(scene, backend, ['edge2', 'spare']);
        for (const player of [lined.edge2, moved.edge2]) await expectWhole(player);
        for (const player of [lined.edge1, moved.edge1]) {
          await until('the stream of the dead server ends', () => player.now().closed !== null, 5000, 20);
        }

        // They stay on the stand-in when the member comes back.
        const guests = [await guestOf('spare', scene, 'lined'), await guestOf('spare', scene, 'moved')];
        for (const backend of backends) await untilCount(scene, backend, 'spare', 1);
        await cluster.startServer('edge1');
        await scene.untilOpen(['edge1', 'edge2'], 20_000);
        for (const backend of backends) await expectViewersOn(scene, backend, ['edge1', 'edge2']);
        for (const player of [...guests, lined.edge2, moved.edge2]) await expectWhole(player);
        for (const player of [...guests, lined.edge2, moved.edge2]) await player.stop();
        await stage.untilCalm();
        const gaps = [lined.edge2, moved.edge2].map((player) => player.now().longestMs);
        stage.note(`longest time between two pictures of edge2 ${Math.max(...gaps)} ms`);
        const story = await stage.story();
        same(
          'drift',
          story.remarks.filter((remark) => remark.startsWith('drift')),
          [],
        );
      }),
  },
  {
    name: 'drains a server of HAProxy: its streams are counted down to none, and none is cut',
    limitMs: 180_000,
    play: (stage) =>
      onHaproxy(stage, async (scene) => {
        const { director } = stage;
        const [lined, moved] = [await scene.onEach('lined'), await scene.onEach('moved')];
        await untilCount(scene, 'lined', 'edge1', 1);
        await untilCount(scene, 'moved', 'edge1', 1);
        like('answer to drain', await command(stage, 'drain', 'edge1', '--why', 'new disk'), /edge1 .*drain/);
        await scene.untilOpen(['edge2', 'spare'], swapLimitMs, 'lined');
        await expectViewersOn(scene, 'lined', ['edge2', 'spare']);
        const waiting = director.command('drain', 'edge1', '--why', 'new disk', '--wait', '--json');
        for (const player of [lined.edge1, moved.edge1]) await expectWhole(player);
        for (const backend of backends) await untilCount(scene, backend, 'edge1', 1);

        await lined.edge1.stop();
        await untilCount(scene, 'lined', 'edge1', 0);
        await expectWhole(moved.edge1);
        await moved.edge1.stop();
        const { status, stdout } = await waiting;
        same('exit status of `understudy drain --wait`', status, 0);
        like('its end', stdout, /"result": ?"drained"/);
        for (const player of [lined.edge2, moved.edge2]) await expectWhole(player);

        await command(stage, 'enable', 'edge1');
        await scene.untilOpen(['edge1', 'edge2'], swapLimitMs);
        for (const player of [lined.edge2, moved.edge2]) await player.stop();
        await stage.untilCalm();
        const { changes } = await stage.story();
        same(
          'status changes',
          changes.filter((change) => !change.includes('untested')),
          [],
        );
      }),
  },
  {
    name: 'leaves maintenance that a hand set in HAProxy, through a failure and a restart of its own',
    limitMs: 180_000,
    play: (stage) =>
      onHaproxy(stage, async (scene) => {
        const { cluster, director } = stage;
        await scene.haproxy.ask('set server lined/edge1 state maint');
        await scene.untilOpen(['edge2', 'spare'], swapLimitMs, 'lined');
        like(
          'why, in the status',
          (await scene.place('lined', 'edge1'))?.why,
          /disabled manually, in the balancer itself/,
        );
        cluster.kill('edge1', 'rtmp', 'SIGKILL');
        await untilPooled([edge2, spare], swapLimitMs);
        await cluster.startServer('edge1');
        await untilPooled([edge1, edge2], 20_000);
        same('line of edge1 after its failure', await adminOf(scene, 'edge1'), 1);
        await director.end('SIGTERM');
        await director.start();
        await untilStatus(stage, 'edge1', 'ok');
        await scene.untilOpen(['edge2', 'spare'], swapLimitMs, 'lined');
        same('line of edge1 after the restart', await adminOf(scene, 'edge1'), 1);

        await scene.haproxy.ask('set server lined/edge1 state ready');
        await scene.untilOpen(['edge1', 'edge2'], swapLimitMs);
        await stage.untilCalm();
      }),
  },
  {
    name: 'puts the pool of HAProxy right after its reload, which cuts no stream',
    limitMs: 180_000,
    play: (stage) =>
      onHaproxy(stage, async (scene) => {
        const { cluster } = stage;
        const [lined, moved] = [await scene.onEach('lined'), await scene.onEach('moved')];
        cluster.kill('edge1', 'rtmp', 'SIGKILL');
        await scene.untilOpen(['edge2', 'spare'], swapLimitMs);
        const reloadedMs = nowMs();
        await scene.haproxy.reload();
        const drift = async (): Promise<boolean> =>
          (await stage.story()).remarks.filter((remark) => remark.startsWith('drift')).length >= backends.length;
        await until('both reloads of a backend are told', drift, 20_000, 100);
        await scene.untilOpen(['edge2', 'spare'], swapLimitMs);
        stage.note(`both backends right again ${Math.round(nowMs() - reloadedMs)} ms after the reload`);
        await expectViewersOn(scene, 'lined', ['edge2', 'spare']);
        await expectViewersOn(scene, 'moved', ['edge2', 'spare']);
        for (const player of [lined.edge2, moved.edge2]) await expectWhole(player);
        for (const player of [lined.edge2, moved.edge2]) await player.stop();
        await cluster.startServer('edge1');
        await scene.untilOpen(['edge1', 'edge2'], 20_000);
        await stage.untilCalm();
      }),
  },
];
