/** The declared state applied by a person, without the daemon: marks that IPVS follows, and nothing else touched. */
import * as path from 'node:path';
import { like, same } from '../claims.ts';
import { ADDRESS, CLIENTS } from '../cluster.ts';
import { must, nowMs, pauseMs, until } from '../program.ts';
import { PORTS } from '../services.ts';
import type { WholeScenario, WholeStage } from '../whole-stage.ts';
import { applied, clientsFile, declared } from './declared.ts';

const { edge1, edge2 } = ADDRESS;
const [one = '', two = '', three = '', four = '', five = ''] = CLIENTS;

const someClients = [
  `{ from: 10.10.3.96/28, mark: 2 }`,
  `{ from: [${one}, ${two}-${three}], mark: 1 }`,
  `{ from: ${four}, mark: 3 }`,
];
const servedSome: readonly (readonly [string, string])[] = [
  [one, edge1],
  [two, edge1],
  [three, edge1],
  [five, edge2],
  [ADDRESS.client, edge2],
];

/** The same services and clients, each a little different. */
function other(configuration: string): string {
  return configuration.replace('mark: 1 }', 'mark: 3 }').replaceAll('rr, forward', 'wlc, forward');
}

/** What the program finds to change. */
async function expectNothingToDo(stage: WholeStage): Promise<void> {
  const { status, stdout, stderr } = await stage.understudy('plan', '--check');
  same(`exit status of plan --check (${stderr}${stdout})`, status, 0);
}

async function expectServed(stage: WholeStage, wanted: readonly (readonly [string, string])[]): Promise<void> {
  for (const [client, server] of wanted) {
    for (const what of ['echo', 'udp'] as const) {
      const visit = await stage.client.visit(what, client, PORTS.echo);
      same(`${what} from ${client}`, [visit.server, visit.error], [server, null]);
    }
  }
}

/** All that there is in the packet filters and in IPVS, as their own programs write it. */
async function rulesOfAll(stage: WholeStage): Promise<string> {
  const commands = [
    ...['iptables-legacy-save', 'ip6tables-legacy-save', 'ipset save', 'ipvsadm -S -n'],
    ...(stage.kernel === 'debian' ? ['nft list ruleset'] : []),
  ];
  const texts = [];
  for (const command of commands) texts.push(await must('sh', ['-c', command]));
  // Times and counters of packets are nobody's.
  return texts
    .join('\n')
    .replace(/^#.*$/gm, '')
    .replace(/\[\d+:\d+\]/g, '');
}

const handMade = [
  'iptables-legacy -t mangle -N theirs',
  'iptables-legacy -t mangle -A theirs -s 10.99.0.0/16 -j MARK --set-mark 99',
  'iptables-legacy -t mangle -A PREROUTING -d 10.99.0.1 -p tcp --dport 443 -m comment --comment "by hand" -j theirs',
  'iptables-legacy -t mangle -A OUTPUT -d 10.99.0.1 -j MARK --set-mark 98',
  'ipset create theirs hash:net',
  'ipset add theirs 10.98.0.0/16',
  'iptables-legacy -t mangle -A theirs -m set --match-set theirs src -j RETURN',
  'ipvsadm -A -t 10.99.0.1:443 -s wlc -p 77',
  `ipvsadm -a -t 10.99.0.1:443 -r ${edge2}:9998 -m -w 7`,
  'ipvsadm -A -f 99 -s rr',
  `ipvsadm -a -f 99 -r ${edge1} -g -w 3`,
];
const handMadeNft = [
  // The first rule makes the chain PREROUTING of this iptables, and nobody takes an empty one away.
  'iptables -t mangle -A PREROUTING -d 10.99.0.2 -j MARK --set-mark 96',
  'nft -f - <<END',
  'table inet theirs {',
  'set admins { type ipv4_addr; flags interval; elements = { 10.97.0.0/16 }; }',
  'chain in { type filter hook prerouting priority mangle + 1; policy accept; ip saddr @admins ip daddr 10.99.0.1 meta mark set 97; }',
  '}',
  'END',
];

export const marksScenarios: readonly WholeScenario[] = [
  {
    name: 'sends each client to the server of its mark, over TCP and UDP alike',
    limitMs: 120_000,
    async play(stage) {
      for (const filter of stage.filters) {
        stage.write('understudy.yaml', declared(stage, filter, someClients));
        await applied(stage);
        await expectServed(stage, servedSome);
        const rest = await Promise.all([1, 2, 3, 4].map(() => stage.client.visit('echo', four, PORTS.echo)));
        same(`${filter}: servers of the mark with several`, [...new Set(rest.map(({ server }) => server))].sort(), [
          edge1,
          edge2,
        ]);
        const elsewhere = await stage.client.visit('tcp', one, 8080);
        same(`${filter}: server of a port that nobody declared`, elsewhere.server, null);
        await expectNothingToDo(stage);
        const { status, stderr } = await stage.understudy('clear', '--yes');
        same(`exit status of clear (${stderr})`, status, 0);
      }
    },
  },
  {
    name: 'ends right after an apply that was killed at any moment and repeated',
    limitMs: 480_000,
    async play(stage) {
      stage.write('clients.csv', clientsFile(3000));
      const full = declared(stage, stage.filters[0] ?? 'auto', [...someClients, '{ file: clients.csv }']);
      stage.write('understudy.yaml', full);
      await applied(stage);
      await stage.understudy('clear', '--yes');
      const startMs = nowMs();
      await applied(stage);
      const wholeMs = nowMs() - startMs;
      // Each begins with starting a program, which costs seconds there.
      const kills = stage.kernel === 'debian' ? 3 : 6;
      let early = 0;
      for (let i = 0; i < kills; i += 1) {
        // From nothing, and from another state: what is there has to be changed then.
        if (i % 2 === 0) await stage.understudy('clear', '--yes');
        else {
          stage.write('understudy.yaml', other(full));
          await applied(stage);
          stage.write('understudy.yaml', full);
        }
        // With what it started, as a lost session does, and the program alone, as `kill -9` does.
        if (await killApply(stage, (wholeMs * (i + 0.5)) / kills, i % 4 > 1)) early += 1;
        await applied(stage);
        await expectServed(stage, servedSome.slice(0, 4));
        await expectNothingToDo(stage);
      }
      stage.note(`${early} of ${kills} applies of ${Math.round(wholeMs)} ms were killed before their end`);
    },
  },
  {
    name: 'clear leaves what others made byte for byte as it was',
    limitMs: 120_000,
    async play(stage) {
      await must('sh', ['-e'], [...handMade, ...(stage.kernel === 'debian' ? handMadeNft : [])].join('\n'));
      const before = await rulesOfAll(stage);
      for (const filter of stage.filters) {
        stage.write('understudy.yaml', declared(stage, filter, someClients));
        await applied(stage);
        const now = new Set((await rulesOfAll(stage)).split('\n'));
        const touched = before.split('\n').filter((line) => !now.has(line));
        same(`${filter}: lines of others that are not there after apply`, touched, []);
        await expectServed(stage, servedSome.slice(0, 4));
        const { status, stdout, stderr } = await stage.understudy('clear', '--yes');
        same(`exit status of clear (${stderr})`, status, 0);
        like('what clear says that it left', stdout, /left as it is/);
        same(`${filter}: rules after clear`, (await rulesOfAll(stage)).split('\n'), before.split('\n'));
      }
    },
  },
];

/** Starts one and kills it so long after it began; true when it was not done by then. */
async function killApply(stage: WholeStage, afterMs: number, withChildren: boolean): Promise<boolean> {
  const lines: string[] = [];
  const script = path.join(import.meta.dirname, '../apply-program.js');
  const onLine = (line: string): void => void lines.push(line);
  const args = [script, path.join(stage.folder, 'understudy.yaml')];
  const program = stage.cluster.start(null, process.execPath, args, { onLine, onErrorLine: onLine });
  await until(`ready to apply (${lines.join(' ')})`, () => lines.includes('ready'), 60_000);
  program.child.stdin?.write('go\n');
  await pauseMs(afterMs);
  const wasRunning = program.isRunning();
  if (withChildren) program.kill('SIGKILL');
  else program.child.kill('SIGKILL');
  await program.ended;
  // What it had handed over is still worked on by ipvsadm, nft, iptables-restore.
  await until('what it started has ended', () => !program.hasProcesses(), 30_000);
  return wasRunning;
}
