/** One server fails in one of the three ways in which servers fail. */
import { like, same } from '../claims.ts';
import { ADDRESS } from '../cluster.ts';
import { expectThread, expectVisits, swapAndBack } from '../expectations.ts';
import { nowMs } from '../program.ts';
import type { Scenario, Stage } from '../stage.ts';
import { settledActions } from '../story.ts';
import { untilPooled } from '../table.ts';

const { edge2, spare } = ADDRESS;
async function swap(stage: Stage, fault: () => number | Promise<number>, limitMs: number): Promise<void> {
  const faultMs = await fault();
  await untilPooled([edge2, spare], limitMs);
  stage.note(`swapped after ${(nowMs() - faultMs).toFixed(1)} ms`);
  await expectVisits(stage, nowMs());
}

export const faultScenarios: readonly Scenario[] = [
  {
    name: 'swaps in the stand-in when a process is killed',
    limitMs: 60_000,
    async play(stage) {
      const { cluster } = stage;
      await swap(stage, () => cluster.kill('edge1', 'rtmp', 'SIGKILL'), 2000);
      const [mail] = await stage.untilMails(1);
      like('text of the mail', mail?.text, /spare took over, verified in the table within/);
      await cluster.startServer('edge1');
      await stage.untilCalm();
      await expectThread(stage, [
        /^\[understudy\] edge1 DOWN: rtmp (refused|reset after handshake) -> spare took over$/,
        /^\[understudy\] edge1 RECOVERED after \d+ s: was rtmp (refused|reset after handshake)$/,
      ]);
      const story = await stage.story();
      same(
        'status changes',
        story.changes.map((change) => change.split(':')[0]),
        ['edge1/rtmp ok > fail', 'edge1/rtmp fail > ok'],
      );
      same('table commands', settledActions(story), swapAndBack);
      same('notices', story.notices, ['down edge1 delivered', 'recovered edge1 delivered']);
    },
  },
  {
    name: 'swaps in the stand-in when a process is stopped',
    limitMs: 60_000,
    async play(stage) {
      const { cluster } = stage;
      await swap(stage, () => cluster.kill('edge1', 'rtmp', 'SIGSTOP'), 6000);
      await stage.untilMails(1);
      cluster.kill('edge1', 'rtmp', 'SIGCONT');
      await stage.untilCalm();
      await expectThread(stage, [
        /^\[understudy\] edge1 DOWN: rtmp no answer to handshake -> spare took over$/,
        /^\[understudy\] edge1 RECOVERED after \d+ s: was rtmp no answer to handshake$/,
      ]);
      const story = await stage.story();
      same('status changes', story.changes, [
        'edge1/rtmp ok > fail: no answer to handshake',
        'edge1/rtmp fail > ok: answers the handshake',
      ]);
      same('table commands', settledActions(story), swapAndBack);
    },
  },
  {
    name: 'swaps in the stand-in when the link is down, and tells it in one mail',
    limitMs: 90_000,
    async play(stage) {
      const { cluster } = stage;
      await swap(stage, () => cluster.linkDown('edge1'), 4000);
      const [mail] = await stage.untilMails(1);
      like('text of the mail', mail?.text, /edge1\/\w+ fails since .*: no answer to /);
      await cluster.linkUp('edge1');
      await stage.untilCalm();
      await expectThread(stage, [
        /^\[understudy\] edge1 DOWN: \w+ no answer to \w.* -> spare took over$/,
        /^\[understudy\] edge1 RECOVERED after \d+ s: was /,
      ]);
      const story = await stage.story();
      const steps = (to: string): readonly string[] =>
        story.changes
          .filter((change) => change.includes(to))
          .map((change) => change.split(' ')[0] ?? '')
          .sort();
      // Without a reading nothing is known of the CPU.
      const checks = ['edge1/rtmp', 'edge1/rtsp', 'edge1/wcs'];
      same('checks that failed', steps('ok > fail'), checks);
      same('checks that came back', steps('fail > ok'), checks);
      same('status changes', story.changes.length, 6);
      same('table commands', settledActions(story), swapAndBack);
    },
  },
];
