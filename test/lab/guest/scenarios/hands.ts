/** A hand on a server. */
import { userInfo } from 'node:os';
import { like, same, weights } from '../claims.ts';
import { ADDRESS } from '../cluster.ts';
import { expectVisits } from '../expectations.ts';
import { nowMs, until } from '../program.ts';
import type { Scenario, Stage } from '../stage.ts';
import { settledActions } from '../story.ts';

const { edge1, edge2, spare } = ADDRESS;

async function type(stage: Stage, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await stage.director.command(...args);
  same(`exit status of \`understudy ${args.join(' ')}\` (${stderr})`, status, 0);
  return stdout;
}

export const handScenarios: readonly Scenario[] = [
  {
    name: 'drains manually while a client streams, and enables again',
    limitMs: 90_000,
    async play(stage) {
      const stream = await stage.streamFrom('edge1');
      like('answer to drain', await type(stage, 'drain', 'edge1', '--why', 'new disk'), /edge1 .*drain/);
      same('table while edge1 is drained', weights(), `${edge1}=0 ${edge2}=1 ${spare}=1`);
      const drainedMs = nowMs();
      await expectVisits(stage, drainedMs);
      const there = stage.viewer.visits.filter(({ atMs, server }) => atMs > drainedMs && server === edge1);
      same('new visits to the drained server', there.length, 0);
      const before = stream.bytes();
      await until('more pictures from the drained server', () => stream.bytes() > before + 10_000, 10_000);
      same('end of the stream', stream.closed(), null);

      const shown = (await stage.director.status()).servers.find(({ name }) => name === 'edge1')?.hold;
      same('hold in the status', [shown?.kind, shown?.why, shown?.untilMs], ['drain', 'new disk', null]);
      like('status on the terminal', await type(stage, 'status'), /new disk/);
      await type(stage, 'enable', 'edge1');
      await stage.untilCalm();
      same('end of the stream after enable', stream.closed(), null);
      await stream.stop();

      const story = await stage.story();
      same('table commands', settledActions(story), [
        'add spare weight 1',
        'edit edge1 weight 0',
        'edit edge1 weight 1',
        'remove spare',
      ]);
      const { username } = userInfo();
      same('remarks', story.remarks, [
        `drain edge1: drain by ${username}: new disk`,
        `enable edge1: enable by ${username}`,
      ]);
      same('status changes', story.changes, []);
      same('mails', stage.post.mails().length, 0);
    },
  },
];
