/** What is imported does what the files said. Their meaning is worked out here again, without the importer. */
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { untilCalm } from '../calm.ts';
import { like, same } from '../claims.ts';
import { ADDRESS, FAR_CLIENTS, VIP } from '../cluster.ts';
import { runInProcess } from '../in-process.ts';
import { must, until } from '../program.ts';
import { PORTS, RTMP_STAT_PORT } from '../services.ts';
import { untilPooled } from '../table.ts';
import type { WholeScenario, WholeStage } from '../whole-stage.ts';
import { applied } from './declared.ts';

const { edge1, edge2, spare } = ADDRESS;
const { listedNetwork, listedAlone, listedRange, otherNetwork, stranger } = FAR_CLIENTS;

const files = {
  // The last is outside ip_domain, and listed all the same.
  'client-list.csv': ['IP,fwmark', `${listedAlone},2`, `${listedRange},3`, `${stranger},2`],
  'fwmark-routing-list.csv': ['fwmark,server,schedule', `1,${edge1},`, `2,${edge2},`, `3,"${edge1},${edge2}",wlc`],
  'realserver-backup-list.csv': ['RIP,backup', `${edge1},${spare}`, `${edge2},${spare}`],
  'param.csv': [
    'field,value',
    'ip_domain,192.168.7',
    'mailid,oncall@example.org',
    `lvsIP,${VIP}`,
    'persistence_time,50',
    'fwdefault,1',
  ],
} as const;

interface Meaning {
  /** null: no mark. */
  markOf(client: string): string | null;
  /** Of a mark. */
  readonly servers: ReadonlyMap<string, readonly string[]>;
  /** As `ipvsadm -S -n` writes them, sorted; a scheduler that the files leave open is `?`. */
  readonly table: readonly string[];
}

/** As the README of such a cluster says it. */
function meaningOf(texts: typeof files): Meaning {
  const rows = (name: keyof typeof files): string[][] =>
    texts[name]
      .slice(1)
      .map((line) => [...line.matchAll(/"([^"]*)"|([^,]+)|(?<=,)(?=,|$)/g)].map((m) => m[1] ?? m[2] ?? ''));
  const param = new Map(rows('param.csv').map(([field = '', value = '']) => [field, value]));
  const listed = new Map(rows('client-list.csv').map(([client = '', mark = '']) => [client, mark]));
  const routes = rows('fwmark-routing-list.csv').map(([mark = '', server = '', schedule = '']) => ({
    mark,
    servers: server.split(','),
    schedule,
  }));
  return {
    markOf: (client) =>
      listed.get(client) ?? (client.startsWith(`${param.get('ip_domain')}.`) ? (param.get('fwdefault') ?? null) : null),
    servers: new Map(routes.map(({ mark, servers }) => [mark, servers])),
    table: routes
      .flatMap(({ mark, servers, schedule }) => [
        `-A -f ${mark} -s ${schedule || '?'} -p ${param.get('persistence_time')}`,
        ...servers.map((server) => `-a -f ${mark} -r ${server}:0 -g -w 1`),
      ])
      .sort(),
  };
}

async function expectVisits(stage: WholeStage, meaning: Meaning): Promise<void> {
  for (const client of [listedNetwork, listedAlone, listedRange, otherNetwork, stranger]) {
    const mark = meaning.markOf(client);
    const servers: readonly (string | null)[] = mark === null ? [null] : (meaning.servers.get(mark) ?? []);
    for (const port of [PORTS.rtmp, RTMP_STAT_PORT]) {
      const { server } = await stage.client.visit('tcp', client, port);
      same(`${client} on ${port} came to one of mark ${mark} (${server})`, servers.includes(server), true);
    }
    same(`${client} on another port`, (await stage.client.visit('tcp', client, PORTS.echo)).server, null);
  }
}

export const importScenarios: readonly WholeScenario[] = [
  {
    name: 'an imported folder of CSV files makes in the kernel what its files say',
    limitMs: 240_000,
    async play(stage) {
      const { cluster, director } = stage;
      const folder = path.join(stage.folder, 'csv');
      await must('mkdir', ['-p', folder]);
      for (const [name, lines] of Object.entries(files)) stage.write(path.join('csv', name), [...lines, ''].join('\n'));
      const out = path.join(stage.folder, 'imported.yaml');
      const { status, stderr } = await runInProcess(['import', 'csv', folder, '-o', out, '--force']);
      same(`exit status of import (${stderr})`, status, 0);
      const text = readFileSync(out, 'utf8').replace(/smtp:\/\/[^"\s,}]+/, `smtp://127.0.0.1:${stage.post.port}`);
      const head = `director: { state: ${director.stateDir}, reference: [${ADDRESS.gw}] }\n`;
      same('sections of the director', text.match(/^director:/gm), null);
      stage.write('understudy.yaml', `${head}${text}`);
      const meaning = meaningOf(files);
      await applied(stage);
      const saved = (await must('ipvsadm', ['-S', '-n'])).trim().split('\n').sort();
      const open = new Set(
        meaning.table.filter((line) => line.includes(' -s ? ')).map((line) => line.split(' -s ')[0]),
      );
      const told = saved.map((line) => (open.has(line.split(' -s ')[0]) ? line.replace(/-s \S+/, '-s ?') : line));
      same('table', told, meaning.table);
      await expectVisits(stage, meaning);

      await director.start();
      await untilCalm(director, 60_000);
      cluster.kill('edge1', 'rtmp', 'SIGKILL');
      // A mark with a single server swaps, one with several removes.
      await untilPooled([spare], 40_000, 'fwm 1');
      await untilPooled([edge2], 5000, 'fwm 2');
      await untilPooled([edge2], 5000, 'fwm 3');
      await until('a mail', () => stage.post.mails().length > 0, 15_000, 20);
      like('to whom', stage.post.mails()[0]?.to.join(' '), /oncall@example\.org/);
      await cluster.startServer('edge1', ['rtmp']);
      await untilPooled([edge1], 90_000, 'fwm 1');
      await untilPooled([edge1, edge2], 5000, 'fwm 3');
      await until('the second mail', () => stage.post.mails().length > 1, 15_000, 20);
      await expectVisits(stage, meaning);
    },
  },
];
