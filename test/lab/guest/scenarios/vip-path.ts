/** A server that is well on its own address and deaf on the virtual one. */
import { writeFileSync } from 'node:fs';
import { untilCalm } from '../calm.ts';
import { like, same } from '../claims.ts';
import { ADDRESS, VIP } from '../cluster.ts';
import { nowMs, until } from '../program.ts';
import { PORTS } from '../services.ts';
import { pooled, readTable, untilPooled } from '../table.ts';
import type { WholeScenario, WholeStage } from '../whole-stage.ts';

const { edge1, edge2, spare } = ADDRESS;
const expireNodestConn = '/proc/sys/net/ipv4/vs/expire_nodest_conn';
const acceptLocal = '/proc/sys/net/ipv4/conf/br0/accept_local';
/** Longer than all that makes a check fail. */
const patienceMs = 15_000;

function configuration({ director, post }: WholeStage): string {
  return `director: { name: lb1, reference: [${ADDRESS.gw}], state: ${director.stateDir} }
servers:
  edge1: { address: ${edge1}, backups: [spare] }
  edge2: { address: ${edge2}, backups: [spare] }
  spare: { address: ${spare} }
monitors:
  rtmp: { type: rtmp, port: ${PORTS.rtmp} }
  path: { type: vip, address: ${VIP}, port: ${PORTS.rtmp} }
watches:
  edges: { servers: [edge1, edge2, spare], monitors: [rtmp, path], alerts: [failover, oncall] }
classify: { vip: ${VIP}, ports: { tcp: [${PORTS.rtmp}] }, mark: 1 }
virtual_services:
  playout: { fwmark: 1, scheduler: rr, servers: [edge1, edge2], fail_back: { after: 2s } }
alerts:
  failover: { type: ipvs }
  oncall: { type: mail, to: [oncall@example.org] }
mail: { smtp: "smtp://127.0.0.1:${post.port}", from: understudy@example.org }
`;
}

function withoutEdge1(stage: WholeStage): string {
  return configuration(stage)
    .replace(/^ {2}edge1: .*\n/m, '')
    .replace('[edge1, edge2, spare]', '[edge2, spare]')
    .replace('[edge1, edge2]', '[edge2]');
}

async function begin(stage: WholeStage): Promise<void> {
  writeFileSync(acceptLocal, '1');
  stage.write('understudy.yaml', configuration(stage));
  await stage.director.start();
  await untilCalm(stage.director);
  same('pooled', pooled(), [edge1, edge2]);
}

async function expectNobodyBlamed({ director, post }: WholeStage): Promise<void> {
  same('pooled', pooled(), [edge1, edge2]);
  same('incidents', (await director.status()).incidents, []);
  const rows = await director.history(0);
  same(
    'status changes to fail',
    rows.filter((row) => row.type === 'change' && row.to === 'fail'),
    [],
  );
  same('mails of a server', post.mails().filter(({ subject }) => /DOWN/.test(subject)).length, 0);
}

/** The marks of ways begin there. */
const firstWayMark = 0x7f00_0000;

function isWayTo(address: string, service: string, entries: readonly { readonly address: string }[]): boolean {
  const [kind, mark] = service.split(' ');
  return kind === 'fwm' && Number(mark) >= firstWayMark && entries[0]?.address === address;
}

export const vipPathScenarios: readonly WholeScenario[] = [
  {
    name: 'finds a server that lost the virtual address, swaps it and takes it back',
    limitMs: 180_000,
    async play(stage) {
      const { cluster, post } = stage;
      await begin(stage);
      const goneMs = nowMs();
      await cluster.vipOnLo('edge1', false);
      await untilPooled([edge2, spare], 30_000);
      stage.note(`swapped ${Math.round(nowMs() - goneMs)} ms after the address was gone`);
      const said = stage.director.log.filter(({ text }) => text.includes('no free source port'));
      same('checks that had no port left', said.length, 0);
      same(
        'server on its own address',
        (await stage.client.visit('rtmp', ADDRESS.client, PORTS.rtmp, edge1)).error,
        null,
      );
      await until('a mail', () => post.mails().length > 0, 15_000, 20);
      like('subject', post.mails()[0]?.subject, /edge1 DOWN: path no answer on the VIP/);
      like('text', post.mails()[0]?.text, /is 10\.10\.3\.30 on its lo\?/);

      await cluster.vipOnLo('edge1', true);
      await untilPooled([edge1, edge2], 60_000);
      await untilCalm(stage.director);
      await until('two mails', () => post.mails().length === 2, 15_000, 20);
      like('subject of the second mail', post.mails()[1]?.subject, /edge1 RECOVERED/);

      const killedMs = cluster.kill('edge1', 'rtmp', 'SIGKILL');
      await untilPooled([edge2, spare], 30_000);
      stage.note(`swapped ${Math.round(nowMs() - killedMs)} ms after a kill`);
    },
  },
  {
    name: 'blames no server when its own way to the virtual address is closed',
    limitMs: 180_000,
    async play(stage) {
      const { director } = stage;
      await begin(stage);
      writeFileSync(acceptLocal, '0');
      const closedMs = nowMs();
      const allUnknown = async (): Promise<boolean> => {
        const { servers } = await director.status();
        return servers.every(({ checks }) => checks.find(({ type }) => type === 'vip')?.unknown !== null);
      };
      await until('no check of the way knows anything', allUnknown, patienceMs, 50);
      stage.note(`unknown after ${Math.round(nowMs() - closedMs)} ms`);
      await until('time has passed', () => nowMs() - closedMs > patienceMs, patienceMs + 1000, 100);
      await expectNobodyBlamed(stage);
      writeFileSync(acceptLocal, '1');
      await untilCalm(director);

      // Another hand takes away what leads through one server: refused at once, and by this machine.
      const mark =
        readTable()
          .find(({ name, entries }) => isWayTo(edge1, name, entries))
          ?.name.slice('fwm '.length) ?? '';
      const { status } = await stage.cluster.ipvsadm('-D', '-f', mark);
      same(`exit status of removing the service ${mark}`, status, 0);
      const takenMs = nowMs();
      const isBack = (): boolean => readTable().some(({ name, entries }) => isWayTo(edge1, name, entries));
      await until('it is repaired', isBack, patienceMs, 50);
      stage.note(`a way that was taken away is repaired after ${Math.round(nowMs() - takenMs)} ms`);
      await untilCalm(director);
      await expectNobodyBlamed(stage);
    },
  },
  {
    name: 'blames no server for what IPVS remembers of another that had its way before',
    limitMs: 180_000,
    async play(stage) {
      const { cluster, director } = stage;
      // The kernel's default: connections to a server that is gone are remembered, and lead nowhere.
      writeFileSync(expireNodestConn, '0');
      await begin(stage);
      await cluster.vipOnLo('edge1', false);
      await untilPooled([edge2, spare], 30_000);

      stage.write('understudy.yaml', withoutEdge1(stage));
      const reloadedMs = nowMs();
      await director.post('/reload', {});
      const wayOfEdge2 = async () => {
        const { servers } = await director.status();
        return servers.find(({ name }) => name === 'edge2')?.checks.find(({ type }) => type === 'vip');
      };
      const isDoubted = async () =>
        (await wayOfEdge2())?.unknown?.includes('still had connections of another server') === true;
      await until('its way is doubted', isDoubted, patienceMs, 50);
      await until('time has passed', () => nowMs() - reloadedMs > patienceMs, patienceMs + 1000, 100);
      same('status of the way', (await wayOfEdge2())?.status, 'ok');
      same('pooled', pooled(), [edge2]);
    },
  },
];
