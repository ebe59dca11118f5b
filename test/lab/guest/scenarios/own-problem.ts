/** Problem that is not the servers': the mail server, our own link, clients that are hung up on. */
import { readFileSync, writeFileSync } from 'node:fs';
import { like, same, weights } from '../claims.ts';
import { ADDRESS, type HostName } from '../cluster.ts';
import { expectThread, swapAndBack, untilStatus } from '../expectations.ts';
import { must, nowMs, pauseMs, until } from '../program.ts';
import type { Scenario, Stage } from '../stage.ts';
import { settledActions } from '../story.ts';
import { untilPooled } from '../table.ts';

const { edge1, edge2, spare } = ADDRESS;
const hosts = Object.keys(ADDRESS) as HostName[];
/** Many times what a server that fell silent would have before it is swapped, and enough for people to be told. */
const ownProblemMs = 12_000;

async function expectFrozen(stage: Stage, cut: () => Promise<void>, mend: () => Promise<void>): Promise<void> {
  await cut();
  const frozen = async (): Promise<boolean> =>
    (await stage.director.status()).problems.some(({ kind }) => kind === 'frozen');
  await until('the problem is in the status', frozen, 5000, 50);
  await pauseMs(ownProblemMs);
  same('table while we are cut off', weights(), `${edge1}=1 ${edge2}=1`);
  same('status changes while we are cut off', (await stage.story()).changes, []);
  await mend();
  await stage.untilCalm();
  const story = await stage.story();
  same('status changes', story.changes, []);
  same('table commands', story.actions, []);
  same(
    'remarks',
    story.remarks.map((remark) => remark.replace(/: .*does not answer.*/, '')),
    ['problem', 'ended'],
  );
  const mails = await stage.untilMails(1);
  same(
    'mails',
    mails.map(({ subject }) => subject),
    ['[understudy] lb1: reference 10.10.3.1 does not answer: timeouts are not counted as failures until it does'],
  );
}

export const ownProblemScenarios: readonly Scenario[] = [
  {
    name: 'keeps the mail while the mail server is down and delivers it in order',
    limitMs: 120_000,
    async play(stage) {
      const { cluster, director, post } = stage;
      await post.shut();
      const killedMs = cluster.kill('edge1', 'rtmp', 'SIGKILL');
      await untilPooled([edge2, spare], 2000);
      stage.note(`swapped after ${(nowMs() - killedMs).toFixed(1)} ms`);
      await until('a mail waits', async () => (await director.status()).mail.waiting === 1, 5000, 20);
      // The lead changes from rtmp to rtsp, which is news.
      cluster.kill('edge1', 'rtsp', 'SIGKILL');
      await untilStatus(stage, 'edge1', 'fail');
      await cluster.startServer('edge1', ['rtmp']);
      await until('two mails wait', async () => (await director.status()).mail.waiting === 2, 15_000, 20);
      same('mails while the mail server is down', post.mails().length, 0);
      await post.open();
      await stage.untilMails(2, 40_000);
      await cluster.startServer('edge1');
      await stage.untilCalm();
      await expectThread(stage, [
        /^\[understudy\] edge1 DOWN: rtmp (refused|reset after handshake) -> spare took over$/,
        /^\[understudy\] edge1 DOWN, now: rtsp refused -> spare took over$/,
        /^\[understudy\] edge1 RECOVERED after \d+ s: was rtsp refused$/,
      ]);
      const story = await stage.story();
      same('table commands', settledActions(story), swapAndBack);
      same('notices', story.notices, ['down edge1 delivered', 'changed edge1 delivered', 'recovered edge1 delivered']);
    },
  },
  {
    name: 'changes nothing while its own cable is out, and says so once',
    limitMs: 90_000,
    async play(stage) {
      const all = async (step: 'linkDown' | 'linkUp'): Promise<void> => {
        for (const host of hosts) await stage.cluster[step](host);
      };
      await expectFrozen(
        stage,
        () => all('linkDown'),
        () => all('linkUp'),
      );
    },
  },
  {
    name: 'changes nothing while its own interface is down, and says so once',
    limitMs: 90_000,
    async play(stage) {
      const set = async (to: 'down' | 'up'): Promise<void> => void (await must('ip', ['link', 'set', 'br0', to]));
      try {
        await expectFrozen(
          stage,
          () => set('down'),
          () => set('up'),
        );
      } finally {
        await set('up');
      }
    },
  },
  {
    name: 'does not blame a server that hangs up on idle clients',
    limitMs: 90_000,
    async play(stage) {
      const { cluster, director } = stage;
      // Only new connections are served as the new file says.
      await director.end('SIGTERM');
      const file = '/run/lab/edge1/rtmp.conf';
      writeFileSync(file, readFileSync(file, 'utf8').replace('chunk_size', 'timeout 1s; chunk_size'));
      cluster.kill('edge1', 'rtmp', 'SIGHUP');
      try {
        const logBefore = director.log.length;
        await director.start();
        const trips = (): number =>
          director.log
            .slice(logBefore)
            .filter(({ msg, text }) => msg === 'a held connection closed' && text.includes('edge1/rtmp')).length;
        await until('the held connection was closed 4 times', () => trips() >= 4, 30_000, 20);
        const story = await stage.story();
        const beyondFirst = story.changes.filter((change) => !change.includes('untested > ok'));
        same('status changes', beyondFirst, []);
        same('table commands', story.actions, []);
        same('mails', stage.post.mails().length, 0);
        const edge = (await director.status()).servers.find(({ name }) => name === 'edge1');
        like('status', edge?.status, /^ok$/);
      } finally {
        // The back-off of the tripwire would keep the next scenario waiting.
        await director.end('SIGTERM');
        cluster.kill('edge1', 'rtmp', 'SIGKILL');
        await cluster.startServer('edge1');
      }
    },
  },
];
