/** What becomes of a pool when stand-ins come, go and fail too. */
import { like, same, weights } from '../claims.ts';
import { ADDRESS } from '../cluster.ts';
import { expectThread, untilStatus } from '../expectations.ts';
import { until } from '../program.ts';
import type { Scenario, Stage } from '../stage.ts';
import { settledActions } from '../story.ts';
import { pooled, untilPooled } from '../table.ts';

const { edge1, edge2, spare } = ADDRESS;

async function whyOf(stage: Stage, server: string): Promise<string | undefined> {
  const places = (await stage.director.status()).services.flatMap((service) => service.places);
  return places.find((place) => place.server === server)?.why;
}

export const backupScenarios: readonly Scenario[] = [
  {
    name: 'brings a recovered server back and lets the streams on its stand-in finish',
    limitMs: 90_000,
    async play(stage) {
      const { cluster } = stage;
      cluster.kill('edge1', 'rtmp', 'SIGKILL');
      await untilPooled([edge2, spare], 5000);
      const stream = await stage.streamFrom('spare');
      await cluster.startServer('edge1');
      await untilStatus(stage, 'edge1', 'ok');
      like('place of the recovered server', await whyOf(stage, 'edge1'), /^recovered, waits to fail back$/);
      same('table behind the stand-in', pooled(), [edge2, spare]);

      await untilPooled([edge1, edge2], 10_000);
      same('table while streams finish', weights(), `${edge1}=1 ${edge2}=1 ${spare}=0`);
      const before = stream.bytes();
      await until('more pictures', () => stream.bytes() > before + 10_000, 10_000);
      same('end of the stream', stream.closed(), null);
      await stream.stop();
      await until('the stand-in is gone', () => weights() === `${edge1}=1 ${edge2}=1`, 15_000);

      await stage.untilCalm();
      await expectThread(stage, [/edge1 DOWN: rtmp .* -> spare took over$/, /edge1 RECOVERED after \d+ s: was rtmp /]);
      same('table commands', (await stage.story()).actions, [
        'add spare weight 1',
        'remove edge1',
        'add edge1 weight 1',
        'edit spare weight 0',
        'remove spare',
      ]);
    },
  },
  {
    name: 'takes a server out without a stand-in when the backup is dead too, and takes the backup when it is back',
    limitMs: 90_000,
    async play(stage) {
      const { cluster } = stage;
      cluster.kill('spare', 'rtmp', 'SIGKILL');
      await untilStatus(stage, 'spare', 'fail');
      await stage.untilMails(1);
      same('table without its backup', weights(), `${edge1}=1 ${edge2}=1`);
      cluster.kill('edge1', 'rtmp', 'SIGKILL');
      await untilPooled([edge2], 5000);
      await stage.untilMails(2);
      await cluster.startServer('spare');
      await untilPooled([edge2, spare], 10_000);
      await stage.untilMails(3);
      await cluster.startServer('edge1');
      await stage.untilCalm();

      const mails = await stage.untilMails(4);
      const [spareDown, edgeDown, spareUp, edgeUp] = mails;
      same('number of mails', mails.length, 4);
      like(
        'subject of mail 1',
        spareDown?.subject,
        /^\[understudy\] spare DOWN: rtmp (refused|reset after handshake)$/,
      );
      like('subject of mail 2', edgeDown?.subject, /edge1 DOWN: rtmp .* -> taken out, no stand-in$/);
      like('subject of mail 3', spareUp?.subject, /spare RECOVERED/);
      like('subject of mail 4', edgeUp?.subject, /edge1 RECOVERED/);
      same('thread of the spare', spareUp?.references, [spareDown?.messageId]);
      same('thread of edge1', edgeUp?.references, [edgeDown?.messageId]);
      const story = await stage.story();
      same('table commands', settledActions(story), [
        'remove edge1',
        'add spare weight 1',
        'add edge1 weight 1',
        'remove spare',
      ]);
    },
  },
  {
    name: 'keeps the last server pooled when all are dead, and the mail says so',
    limitMs: 90_000,
    async play(stage) {
      const { cluster } = stage;
      cluster.kill('spare', 'rtmp', 'SIGKILL');
      await untilStatus(stage, 'spare', 'fail');
      cluster.kill('edge1', 'rtmp', 'SIGKILL');
      await untilPooled([edge2], 5000);
      cluster.kill('edge2', 'rtmp', 'SIGKILL');
      await untilStatus(stage, 'edge2', 'fail');
      const mails = await stage.untilMails(3);
      same('table with all dead', weights(), `${edge2}=1`);
      const places = (await stage.director.status()).services.flatMap((service) => service.places);
      const kept = places.filter(({ keptFailing }) => keptFailing).map(({ server }) => server);
      same('servers shown as kept', kept, ['edge2']);
      const told = mails.find(({ subject }) => subject.includes('edge2 DOWN'));
      like('subject of the mail', told?.subject, /edge2 DOWN: rtmp .* -> kept, no stand-in$/);
      like('text of the mail', told?.text, /Kept in the pool although failing.*\n- edge2 in playout/);

      await cluster.startServer('spare');
      await until('the one that lives alone', () => weights() === `${spare}=1`, 15_000);
      await cluster.startServer('edge1');
      await cluster.startServer('edge2');
      await stage.untilCalm();
      const { notices } = await stage.story();
      same(
        'notices',
        [...notices].sort(),
        ['edge1', 'edge2', 'spare']
          .flatMap((server) => [`down ${server} delivered`, `recovered ${server} delivered`])
          .sort(),
      );
    },
  },
];
