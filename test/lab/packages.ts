import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { errorText, oneLine } from '../../src/text.ts';
import { download } from './apt.ts';
import { LabUnavailable, type Report } from './unavailable.ts';
import { unpack } from './unpack.ts';

export { LabUnavailable } from './unavailable.ts';
export { kernelVersion } from './unpack.ts';

const PACKAGES = [
  'user-mode-linux',
  'qemu-system-x86',
  'ipvsadm',
  'iptables',
  'nftables',
  'ipset',
  'iproute2',
  'kmod',
  'procps',
  'nginx',
  'libnginx-mod-rtmp',
  'haproxy',
  'gir1.2-gst-rtsp-server-1.0',
  'python3-gi',
  'gstreamer1.0-plugins-base',
  'gstreamer1.0-plugins-good',
  'gstreamer1.0-plugins-ugly',
  'ffmpeg',
  'glib-networking',
  'librtsp-server-perl',
  'snmpd',
  'prometheus-node-exporter',
  'fping',
  'monitoring-plugins-basic',
];

/** Must exist in the packages or on the host. */
const NEEDED = [
  'usr/bin/linux.uml',
  'usr/bin/python3',
  'usr/bin/qemu-system-x86_64',
  'bin/busybox',
  'usr/sbin/ipvsadm',
  'usr/sbin/iptables-legacy',
  'usr/sbin/nft',
  'usr/sbin/ipset',
  'usr/sbin/ip',
  'usr/sbin/tc',
  'usr/bin/kmod',
  'usr/sbin/nginx',
  'usr/sbin/haproxy',
  'usr/lib/nginx/modules/ngx_rtmp_module.so',
  'usr/lib/python3/dist-packages/gi/__init__.py',
  'usr/lib/x86_64-linux-gnu/girepository-1.0/GstRtspServer-1.0.typelib',
  'usr/lib/x86_64-linux-gnu/gstreamer-1.0/libgstx264.so',
  'usr/bin/ffmpeg',
  'usr/share/perl5/RTSP/Server.pm',
  'usr/sbin/snmpd',
  'usr/bin/prometheus-node-exporter',
  'usr/bin/fping',
  'usr/lib/nagios/plugins/check_tcp',
];

/** Names Debian's present kernel, which is fetched alone: what it depends on is for installing it. */
const KERNEL = 'linux-image-amd64';
/**
 * Fetched alone too, so that they are in the set whatever the host has: the guest takes files of theirs by path, and a
 * host that has the other busybox would have to remove it.
 */
const ALONE = ['busybox-static', 'user-mode-linux'];

const LAYOUT = 3;
const KEEP_UNUSED_MS = 30 * 86_400_000;
const HOST_TOOLS = ['apt-get', 'dpkg', 'tar', 'taskset'];

/** Downloads and unpacks what the guest needs beside the host's own files, once; returns that folder. */
export async function prepareLab(report: Report = progressLine()): Promise<string> {
  const reason = hostProblem();
  if (reason !== null) throw new LabUnavailable(reason);
  const set = `set-${setHash()}`;
  const found = cacheFolders().map((folder) => path.join(folder, set));
  const complete = found.find(isComplete);
  if (complete !== undefined) return complete;
  const cache = writableCache();
  const ready = path.join(cache, set);
  removeOld(cache, ready);
  const work = fs.mkdtempSync(path.join(cache, 'work-'));
  try {
    const archives = await download({ packages: PACKAGES, alone: ALONE, kernel: KERNEL }, work, report);
    await unpack(archives, path.join(work, 'root'), report);
    expectWhole(path.join(work, 'root'));
    publish(path.join(work, 'root'), ready);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
  report(`lab: ready in ${ready}\n`);
  return ready;
}

/** Prepares the lab; null when it can run, else why not. `npm test` has tried it before its suites and hands that in. */
export async function labUnavailable(report?: Report): Promise<string | null> {
  const known = process.env['UNDERSTUDY_LAB_UNAVAILABLE'];
  if (known !== undefined && known !== '') return known;
  try {
    await prepareLab(report);
    return null;
  } catch (error) {
    // A disk that is full, a folder that cannot be read: a fact about this machine as well.
    const isOfMachine = error instanceof LabUnavailable || (error as NodeJS.ErrnoException).code !== undefined;
    if (isOfMachine) return oneLine(errorText(error));
    throw error;
  }
}

/** The folders of complete sets, the one that fits this host first. */
export function packageSets(): readonly string[] {
  const folders = cacheFolders().filter((folder) => fs.existsSync(folder));
  const sets = folders.flatMap((folder) => fs.readdirSync(folder).map((name) => path.join(folder, name)));
  const fitting = `set-${setHash()}`;
  return sets
    .filter((set) => path.basename(set).startsWith('set-') && fs.existsSync(path.join(set, 'complete')))
    .toSorted((a, b) => Number(b.endsWith(fitting)) - Number(a.endsWith(fitting)));
}

/** The usual cache folder, then one of this user's own for when the first cannot be written. */
function cacheFolders(): readonly string[] {
  const own = process.env['UNDERSTUDY_LAB_CACHE'];
  const base = process.env['XDG_CACHE_HOME'] || path.join(os.homedir(), '.cache');
  const usual = own ? path.resolve(own) : path.join(base, 'understudy-lab');
  return [usual, path.join(os.tmpdir(), `understudy-lab-${process.getuid?.() ?? 0}`)];
}

function writableCache(): string {
  const refusals: string[] = [];
  for (const folder of cacheFolders()) {
    try {
      fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
      fs.rmdirSync(fs.mkdtempSync(path.join(folder, 'work-')));
      if (fs.statSync(folder).uid === process.getuid?.()) return folder;
      refusals.push(`${folder} belongs to another user`);
    } catch (error) {
      refusals.push((error as Error).message);
    }
  }
  throw new LabUnavailable(`no cache folder can be written: ${refusals.join('; ')}`);
}

function hostProblem(): string | null {
  if (process.platform !== 'linux') return `expected Linux, got ${process.platform}`;
  if (process.arch !== 'x64') return `expected x86-64, got ${process.arch}`;
  const missing = HOST_TOOLS.filter((tool) => !isInPath(tool));
  return missing.length > 0 ? `${missing.join(', ')} not found: Debian packages cannot be fetched` : null;
}

function isInPath(tool: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(':');
  return folders.some((folder) => folder !== '' && fs.existsSync(path.join(folder, tool)));
}

/** What is unpacked depends on what the host has, so its package list is part of the name. */
function setHash(): string {
  const hash = createHash('sha256').update(`${LAYOUT} ${[...PACKAGES, KERNEL, ...ALONE].join(' ')}`);
  for (const file of ['/etc/os-release', '/var/lib/dpkg/status']) {
    if (fs.existsSync(file)) hash.update(fs.readFileSync(file));
  }
  return hash.digest('hex').slice(0, 16);
}

function isComplete(folder: string): boolean {
  const stamp = path.join(folder, 'complete');
  if (!fs.existsSync(stamp)) return false;
  try {
    fs.utimesSync(stamp, new Date(), new Date());
  } catch {
    // A cache that is only readable is as good.
  }
  return true;
}

function removeOld(cache: string, ready: string): void {
  const dayMs = 86_400_000;
  for (const name of fs.readdirSync(cache)) {
    const folder = path.join(cache, name);
    const stamp = path.join(folder, 'complete');
    const ageMs = Date.now() - fs.statSync(fs.existsSync(stamp) ? stamp : folder).mtimeMs;
    const isOld = name.startsWith('work-') ? ageMs > dayMs : name.startsWith('set-') && ageMs > KEEP_UNUSED_MS;
    if (isOld && folder !== ready) fs.rmSync(folder, { recursive: true, force: true });
  }
}

function expectWhole(root: string): void {
  const missing = NEEDED.filter(
    (file) => !fs.existsSync(path.join(root, file)) && !fs.existsSync(path.join('/', file)),
  );
  if (missing.length > 0) throw new LabUnavailable(`the packages lack ${missing.join(', ')}`);
}

/** Another process may have been faster: its set is as good as ours. */
function publish(root: string, ready: string): void {
  fs.writeFileSync(path.join(root, 'complete'), '');
  try {
    fs.renameSync(root, ready);
  } catch (error) {
    if (!isComplete(ready)) throw error;
  }
}

/** One line that is rewritten on a terminal, short lines elsewhere. */
function progressLine(): Report {
  const { stderr } = process;
  return (line) => stderr.write(stderr.isTTY ? `\r\x1b[K${line}` : `${line.trimEnd()}\n`);
}
