/** Somebody or something else has its hands on the kernel's table. */
import { readFileSync } from 'node:fs';
import { like, same, weights } from '../claims.ts';
import { ADDRESS, type Cluster, FWMARK, VIP } from '../cluster.ts';
import { expectThread, swapAndBack } from '../expectations.ts';
import { nowMs, until } from '../program.ts';
import type { Scenario, Stage } from '../stage.ts';
import { settledActions } from '../story.ts';
import { untilPooled } from '../table.ts';

const { edge1, edge2, spare } = ADDRESS;
const asConfigured = `${edge1}=1 ${edge2}=1`;
/** The director looks every 5 s by default. */
const reconcileLimitMs = 8000;
const foreign = ['-t', `${VIP}:9999`];

async function must(cluster: Cluster, ...args: readonly string[]): Promise<void> {
  const { status, stderr } = await cluster.ipvsadm(...args);
  same(`exit status of ipvsadm ${args.join(' ')} (${stderr})`, status, 0);
}

/** The bytes of a virtual service in the kernel's table, from its line to the next service. */
function bytesOf(port: number): string {
  const lines = readFileSync('/proc/net/ip_vs', 'latin1').split('\n');
  const from = lines.findIndex((line) => line.includes(`:${port.toString(16).toUpperCase().padStart(4, '0')} wlc`));
  const next = lines.findIndex((line, i) => i > from && !line.startsWith('  ->'));
  return lines.slice(from, next).join('\n');
}

async function expectDrift(stage: Stage, pattern: RegExp): Promise<void> {
  const [service] = (await stage.director.status()).services;
  like('drift in the status', service?.lastDrift?.text, pattern);
  like('drift in the log', stage.director.log.findLast(({ level }) => level === 'warn')?.msg, pattern);
  const { remarks } = await stage.story();
  like('drift in the history', remarks.at(-1), /^drift: playout: drift repaired: changed externally: /);
}

export const tableScenarios: readonly Scenario[] = [
  {
    name: 'leaves the service of others alone and takes a foreign entry out of its own',
    limitMs: 90_000,
    async play(stage) {
      const { cluster } = stage;
      await must(cluster, '-A', ...foreign, '-s', 'wlc', '-p', '77');
      try {
        await must(cluster, '-a', ...foreign, '-r', `${edge2}:9998`, '-m', '-w', '7');
        await must(cluster, '-a', ...foreign, '-r', `${edge1}:9999`, '-g', '-w', '0');
        const theirs = bytesOf(9999);
        await must(cluster, '-a', '-f', String(FWMARK), '-r', '10.10.3.77', '-g', '-w', '3');
        await must(cluster, '-e', '-f', String(FWMARK), '-r', edge2, '-g', '-w', '9');
        await until('the table is repaired', () => weights() === asConfigured, reconcileLimitMs);
        await until('it is remembered', async () => (await stage.story()).remarks.length > 0, 2000, 20);
        await expectDrift(stage, /edit 10\.10\.3\.21:0 weight 1, remove 10\.10\.3\.77:0$/);
        same('the service of others', bytesOf(9999), theirs);

        cluster.kill('edge1', 'rtmp', 'SIGKILL');
        await untilPooled([edge2, spare], 5000);
        await cluster.startServer('edge1');
        await stage.untilCalm();
        same('the service of others after a swap', bytesOf(9999), theirs);
      } finally {
        await cluster.ipvsadm('-D', ...foreign);
      }
      const story = await stage.story();
      same('table commands', settledActions(story), ['edit edge2 weight 1', 'remove 10.10.3.77:0', ...swapAndBack]);
      await expectThread(stage, [/edge1 DOWN/, /edge1 RECOVERED/]);
    },
  },
  {
    name: 'restores a table that was wiped manually',
    limitMs: 60_000,
    async play(stage) {
      await must(stage.cluster, '-C');
      const wipedMs = nowMs();
      await until('the table is restored', () => weights() === asConfigured, reconcileLimitMs);
      stage.note(`restored after ${Math.round(nowMs() - wipedMs)} ms`);
      await until('it is remembered', async () => (await stage.story()).remarks.length > 0, 2000, 20);
      await expectDrift(stage, /add service fwmark:1 rr, add 10\.10\.3\.20:0 weight 1, add 10\.10\.3\.21:0 weight 1$/);
      await stage.untilCalm();
      const story = await stage.story();
      same('table commands', story.actions, ['add service fwmark:1 rr', 'add edge1 weight 1', 'add edge2 weight 1']);
      same('status changes', story.changes, []);
      same('mails', stage.post.mails().length, 0);
    },
  },
  {
    name: 'says that ipvsadm fails, tries again, and gets the table right',
    limitMs: 90_000,
    async play(stage) {
      const { cluster, director, gate } = stage;
      await director.end('SIGTERM');
      await director.start({ folder: gate.folder });
      await stage.untilCalm();
      stage.post.clear();
      gate.fail();
      const failingMs = nowMs();
      cluster.kill('edge1', 'rtmp', 'SIGKILL');
      const problem = async (): Promise<string | undefined> =>
        (await director.status()).problems.find(({ kind }) => kind === 'balancer')?.text;
      const text = await until('the problem is in the status', problem, 5000, 20);
      like('problem', text, /^playout: ipvsadm refused: Memory allocation problem/);
      same('table while ipvsadm fails', weights(), asConfigured);
      await until('3 s of failing', () => nowMs() - failingMs > 3000, 4000);
      same('table after 3 s of failing', weights(), asConfigured);
      gate.free();
      const freeMs = nowMs();
      await untilPooled([edge2, spare], 10_000);
      stage.note(`right ${Math.round(nowMs() - freeMs)} ms after ipvsadm worked again`);
      await until('no problem is left', async () => (await director.status()).problems.length === 0, 2000, 20);
      await cluster.startServer('edge1');
      await stage.untilCalm();
      await expectThread(stage, [/edge1 DOWN: rtmp /, /edge1 RECOVERED/]);
      const story = await stage.story();
      same(
        'refusals',
        story.actions.filter((action) => action.endsWith('REFUSED')),
        ['add spare weight 1 REFUSED', 'remove edge1 REFUSED'],
      );
      same(
        'table commands',
        settledActions(story).filter((action) => !action.endsWith('REFUSED')),
        swapAndBack,
      );
    },
  },
];
