/** The file changes while the director runs. */
import { like, same, weights } from '../claims.ts';
import { ADDRESS } from '../cluster.ts';
import { until } from '../program.ts';
import type { Scenario } from '../stage.ts';

export const configurationScenarios: readonly Scenario[] = [
  {
    name: 'keeps the old configuration when the new one is wrong',
    limitMs: 60_000,
    async play(stage) {
      const { director } = stage;
      const good = stage.configuration();
      const before = await director.status();
      const wrong = good
        .replace('servers: [edge1, edge2]', 'servers: [edge1, edge3]')
        .replace('port: 554', 'port: 70000');
      director.write(wrong);
      director.hangUp();
      const refused = async (): Promise<string | null> => (await director.status()).director.configError;
      const error = await until('the refusal is in the status', refused, 10_000, 20);
      like('refusal', error, /understudy\.yaml:\d+:\d+: /);
      like('refusal of the unknown server', error, /edge3/);
      like('refusal of the port', error, /70000/);
      const { status, stderr } = await director.command('reload');
      same('exit status of `understudy reload`', status, 1);
      like('what it says', stderr, /edge3/);

      const after = await director.status();
      const lastingOf = (from: typeof before): unknown =>
        from.servers.map(({ name, sinceMs, checks }) => [
          name,
          sinceMs,
          checks.map(({ monitor, sinceMs: since, tripwire }) => [monitor, since, tripwire]),
        ]);
      same('servers, checks and tripwires', lastingOf(after), lastingOf(before));
      same('table', weights(), `${ADDRESS.edge1}=1 ${ADDRESS.edge2}=1`);
      const story = await stage.story();
      same('what the history has of it', [story.changes, story.actions, stage.post.mails().length], [[], [], 0]);

      director.write(good.replace('min_pooled: 1', 'min_pooled: 2'));
      director.hangUp();
      const taken = async (): Promise<boolean> => {
        const now = await director.status();
        return now.director.configError === null && now.services[0]?.minPooled === 2;
      };
      await until('the right file is taken', taken, 10_000, 20);
      same('table commands of a reload', (await stage.story()).actions, []);
      director.write(good);
      director.hangUp();
      await until(
        'the first file is back',
        async () => (await director.status()).services[0]?.minPooled === 1,
        10_000,
        20,
      );
      same('servers, checks and tripwires after all', lastingOf(await director.status()), lastingOf(before));
    },
  },
];
