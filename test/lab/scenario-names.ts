import type { LabKernel } from './boot.ts';

/** What the lab plays, in this order: the guest plays it, the host makes a test of each, or skips each by name. */
export const scenarioNames = [
  'swaps in the stand-in when a process is killed',
  'swaps in the stand-in when a process is stopped',
  'swaps in the stand-in when the link is down, and tells it in one mail',
  'brings a recovered server back and lets the streams on its stand-in finish',
  'takes a server out without a stand-in when the backup is dead too, and takes the backup when it is back',
  'keeps the last server pooled when all are dead, and the mail says so',
  'drains by hand while a client streams, and enables again',
  'finishes a swap that kill -9 interrupted, and tells it once',
  'leaves the table when it is stopped and adopts it when it is started',
  'leaves the service of others alone and takes a foreign entry out of its own',
  'restores a table that was wiped by hand',
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

const both = ['uml', 'debian'] as const;

/** What is played on the declared state of a whole cluster, in this order, each on the kernels that it needs. */
export const wholeScenarios = [
  { name: 'sends each client to the server of its mark, over TCP and UDP alike', kernels: both },
  { name: 'ends right after an apply that was killed at any moment and repeated', kernels: both },
  { name: 'clear leaves what others made byte for byte as it was', kernels: both },
  { name: 'sends a client that was set by hand elsewhere at once, and leaves its stream where it is', kernels: both },
  { name: 'applies 20,000 clients, changes one at once, and a new connection costs as much as with 10', kernels: both },
  { name: 'plays etc/rtmp-clients.yaml until its failover and recovery', kernels: both },
  { name: 'plays etc/rtsp-keepalived-pair.yaml until its failover and recovery', kernels: ['uml'] },
  { name: 'plays etc/windows-media.yaml until its failover and recovery', kernels: ['uml'] },
  { name: 'finds a server that lost the virtual address, swaps it and takes it back', kernels: both },
  { name: 'blames no server when its own way to the virtual address is closed', kernels: both },
  { name: 'blames no server for what IPVS remembers of another that had its way before', kernels: both },
  { name: 'doctor finds what is wrong with a director and mends it', kernels: both },
  { name: 'realserver sets up a video server, checks it and takes it all back', kernels: both },
  { name: 'an imported folder of CSV files makes in the kernel what its files say', kernels: both },
] as const;

export type WholeScenarioName = (typeof wholeScenarios)[number]['name'];

/** Of those that this kernel can play. */
export function wholeScenarioNames(kernel: LabKernel): readonly WholeScenarioName[] {
  return wholeScenarios.filter(({ kernels }) => kernels.some((one) => one === kernel)).map(({ name }) => name);
}

/** What a crash, a hang and a cut link cost, and the most that their medians may be. */
export const figureNames = [
  { name: 'process killed (nginx-rtmp)', targetMs: 20 },
  { name: 'process killed (GStreamer RTSP)', targetMs: 20 },
  { name: 'link down', targetMs: 800 },
  { name: 'process stopped', targetMs: 2500 },
] as const;

export type FigureName = (typeof figureNames)[number]['name'];
