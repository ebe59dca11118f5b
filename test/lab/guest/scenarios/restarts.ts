/** The director goes and comes back. */
import { like, same, weights } from '../claims.ts';
import { ADDRESS } from '../cluster.ts';
import { expectThread } from '../expectations.ts';
import { until } from '../program.ts';
import type { Scenario } from '../stage.ts';
import { settledActions } from '../story.ts';
import { untilPooled } from '../table.ts';

const { edge1, edge2, spare } = ADDRESS;

export const restartScenarios: readonly Scenario[] = [
  {
    name: 'finishes a swap that kill -9 interrupted, and tells it once',
    limitMs: 90_000,
    async play(stage) {
      const { cluster, director, gate } = stage;
      await director.end('SIGTERM');
      await director.start({ folder: gate.folder });
      await stage.untilCalm();
      gate.stallRemoves();
      cluster.kill('edge1', 'rtmp', 'SIGKILL');
      await until('the swap is half done', () => weights() === `${edge1}=1 ${edge2}=1 ${spare}=1`, 5000, 1);
      await director.end('SIGKILL');
      gate.free();
      same('table after the crash', weights(), `${edge1}=1 ${edge2}=1 ${spare}=1`);
      same('mails before the restart', stage.post.mails().length, 0);

      await director.start();
      await untilPooled([edge2, spare], 15_000);
      stage.note(`told as: ${(await stage.untilMails(1))[0]?.subject}`);
      await cluster.startServer('edge1');
      await stage.untilCalm();
      await expectThread(stage, [
        /^\[understudy\] edge1 DOWN: rtmp (refused|reset after handshake)/,
        /^\[understudy\] edge1 RECOVERED after \d+ s: was rtmp (refused|reset after handshake)$/,
      ]);
      const story = await stage.story();
      same('notices', story.notices, ['down edge1 delivered', 'recovered edge1 delivered']);
      same('table commands after the restart', settledActions(story), [
        'remove edge1',
        'add edge1 weight 1',
        'remove spare',
      ]);
    },
  },
  {
    name: 'leaves the table when it is stopped and adopts it when it is started',
    limitMs: 90_000,
    async play(stage) {
      const { cluster, director } = stage;
      cluster.kill('edge1', 'rtmp', 'SIGKILL');
      await untilPooled([edge2, spare], 5000);
      await stage.untilMails(1);
      same('exit status', await director.end('SIGTERM'), 0);
      same('table without a director', weights(), `${edge2}=1 ${spare}=1`);
      const before = stage.viewer.visits.length;
      await until('visits without a director', () => stage.viewer.visits.length >= before + 5, 10_000);
      await director.start();
      // Its failing check is what the new one has to see for itself.
      await until(
        'edge1 is seen failing',
        async () => (await director.status()).servers[0]?.status === 'fail',
        15_000,
        20,
      );
      same('table adopted', weights(), `${edge2}=1 ${spare}=1`);
      const failed = stage.viewer.visits.slice(before).filter(({ error }) => error !== null);
      same('visits that failed meanwhile', failed, []);
      await cluster.startServer('edge1');
      await stage.untilCalm();
      await expectThread(stage, [/edge1 DOWN: rtmp .* -> spare took over$/, /edge1 RECOVERED after \d+ s/]);
      const story = await stage.story();
      same('table commands', settledActions(story), [
        'add spare weight 1',
        'remove edge1',
        'add edge1 weight 1',
        'remove spare',
      ]);
      const marks = story.remarks.map((remark) => remark.split(':')[0]);
      same('remarks', marks, ['stop', 'start']);
      like('the last remark', story.remarks.at(-1), /lb1 started$/);
    },
  },
];
