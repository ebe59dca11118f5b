import type { LabKernel } from './boot.ts';

/** True in `npm run test:long`, which plays everything; `npm test` plays what fits into its minutes. */
export const isLong = process.env['UNDERSTUDY_LONG'] === '1';

/** What the lab plays, in this order. The guest plays it, and the host makes a test of each or skips each by name. */
export const scenarioNames = [
  'swaps in the stand-in when a process is killed',
  'swaps in the stand-in when a process is stopped',
  'swaps in the stand-in when the link is down, and tells it in one mail',
  'brings a recovered server back and lets the streams on its stand-in finish',
  'takes a server out without a stand-in when the backup is dead too, and takes the backup when it is back',
  'keeps the last server pooled when all are dead, and the mail says so',
  'drains manually while a client streams, and enables again',
  'finishes a swap that kill -9 interrupted, and tells it once',
  'leaves the table when it is stopped and adopts it when it is started',
  'leaves the service of others alone and takes a foreign entry out of its own',
  'restores a table that was wiped manually',
  'says that ipvsadm fails, tries again, and gets the table right',
  'keeps the mail while the mail server is down and delivers it in order',
  'changes nothing while its own cable is out, and says so once',
  'changes nothing while its own interface is down, and says so once',
  'does not blame a server that hangs up on idle clients',
  'keeps the old configuration when the new one is wrong',
  'swaps a dead server in HAProxy and in IPVS, and the streams of the others lose no picture',
  'drains a server of HAProxy: its streams are counted down to none, and none is cut',
  'leaves maintenance that a hand set in HAProxy, through a failure and a restart of its own',
  'puts the pool of HAProxy right after its reload, which cuts no stream',
  'finds the weights of three servers of unlike capacity by what fills them, and then leaves them alone',
  'holds weights without figures and under a hand, and lets a server that was out come in slowly',
  'goes on from the weights in the table after kill -9 in the middle of writing them',
] as const;

export type ScenarioName = (typeof scenarioNames)[number];

/**
 * Left to the long run: what needs minutes, or what a fast suite shows too (test/core/weights/simulation.test.ts,
 * test/balancer/haproxy/real.test.ts, test/flow/failover.test.ts).
 */
const longScenarios: readonly ScenarioName[] = [
  'does not blame a server that hangs up on idle clients',
  'drains a server of HAProxy: its streams are counted down to none, and none is cut',
  'leaves maintenance that a hand set in HAProxy, through a failure and a restart of its own',
  'puts the pool of HAProxy right after its reload, which cuts no stream',
  'changes nothing while its own interface is down, and says so once',
  'finds the weights of three servers of unlike capacity by what fills them, and then leaves them alone',
  'holds weights without figures and under a hand, and lets a server that was out come in slowly',
  'goes on from the weights in the table after kill -9 in the middle of writing them',
];

/** In two halves, which play at the same time, each in a guest of its own. */
export function scenarioHalf(half: 0 | 1): readonly ScenarioName[] {
  const names = scenarioNames.filter((name) => isLong || !longScenarios.includes(name));
  const middle = Math.ceil(names.length / 2);
  return half === 0 ? names.slice(0, middle) : names.slice(middle);
}

const both: readonly LabKernel[] = ['uml', 'debian'];
const uml: readonly LabKernel[] = ['uml'];

/**
 * What is played on the declared state of a whole cluster, in this order: each on the kernels that it needs, and on
 * which of them in every run.
 */
export const wholeScenarios = [
  { name: 'sends each client to the server of its mark, over TCP and UDP alike', kernels: both, always: uml },
  { name: 'ends right after an apply that was killed at any moment and repeated', kernels: both, always: [] },
  { name: 'clear leaves what others made byte for byte as it was', kernels: both, always: uml },
  {
    name: 'sends a client that was set manually elsewhere at once, and leaves its stream where it is',
    kernels: both,
    always: uml,
  },
  {
    name: 'applies 20,000 clients, changes one at once, and a new connection costs as much as with 10',
    kernels: both,
    always: [],
  },
  { name: 'plays etc/rtmp-clients.yaml until its failover and recovery', kernels: both, always: [] },
  { name: 'plays etc/rtsp-keepalived-pair.yaml until its failover and recovery', kernels: uml, always: uml },
  { name: 'plays etc/windows-media.yaml until its failover and recovery', kernels: uml, always: [] },
  { name: 'finds a server that lost the virtual address, swaps it and takes it back', kernels: both, always: uml },
  { name: 'blames no server when its own way to the virtual address is closed', kernels: both, always: [] },
  { name: 'blames no server for what IPVS remembers of another that had its way before', kernels: both, always: [] },
  { name: 'doctor finds what is wrong with a director and mends it', kernels: both, always: uml },
  { name: 'realserver sets up a video server, checks it and takes it all back', kernels: both, always: [] },
  { name: 'an imported folder of CSV files makes in the kernel what its files say', kernels: both, always: [] },
] as const satisfies readonly {
  readonly name: string;
  readonly kernels: readonly LabKernel[];
  readonly always: readonly LabKernel[];
}[];

export type WholeScenarioName = (typeof wholeScenarios)[number]['name'];

/** All that this kernel can play, or those that it plays in every run. */
export function wholeScenarioNames(kernel: LabKernel, isAll = isLong): readonly WholeScenarioName[] {
  return wholeScenarios
    .filter(({ kernels, always }) => (isAll ? kernels : (always as readonly LabKernel[])).includes(kernel))
    .map(({ name }) => name);
}

/**
 * What a crash, a hang and a cut link cost, and the most that their medians may be. With the three runs of `npm test`
 * the limit is twice that.
 */
export const figureNames = [
  { name: 'process killed (nginx-rtmp)', targetMs: 20 },
  { name: 'process killed (GStreamer RTSP)', targetMs: 20 },
  { name: 'link down', targetMs: 800 },
  { name: 'process stopped', targetMs: 2500 },
] as const;

export type FigureName = (typeof figureNames)[number]['name'];
