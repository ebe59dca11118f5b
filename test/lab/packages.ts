import { type SpawnOptions, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const PACKAGES = [
  'user-mode-linux',
  'ipvsadm',
  'iptables',
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
];

/** Must be there in the packages or on the host, whichever apt decided. */
const NEEDED = [
  'usr/bin/linux.uml',
  'usr/bin/python3',
  'usr/sbin/ipvsadm',
  'usr/sbin/iptables-legacy',
  'usr/sbin/ip',
  'usr/sbin/tc',
  'usr/bin/kmod',
  'usr/sbin/nginx',
  'usr/sbin/haproxy',
  'usr/lib/nginx/modules/ngx_rtmp_module.so',
  'usr/lib/python3/dist-packages/gi/__init__.py',
  'usr/lib/x86_64-linux-gnu/girepository-1.0/GstRtspServer-1.0.typelib',
  'usr/lib/x86_64-linux-gnu/gstreamer-1.0/libgstx264.so',
];

const LAYOUT = 1;
const APT_LIMIT_MS = 600_000;
const KEEP_UNUSED_MS = 30 * 86_400_000;
const HOST_TOOLS = ['apt-get', 'dpkg', 'tar', 'taskset'];

/** Thrown when this machine cannot run the lab; the message is one line that names the cause. */
export class LabUnavailable extends Error {
  override readonly name = 'LabUnavailable';
}

export type Report = (line: string) => void;

/** Downloads and unpacks what the guest needs beside the host's own files, once; returns that folder. */
export async function prepareLab(report: Report = progressLine()): Promise<string> {
  const reason = hostProblem();
  if (reason !== null) throw new LabUnavailable(reason);
  const cache = cacheFolder();
  const ready = path.join(cache, `set-${setHash()}`);
  if (isComplete(ready)) return ready;
  try {
    fs.mkdirSync(cache, { recursive: true });
  } catch (error) {
    throw new LabUnavailable(`cannot make the cache folder ${cache}: ${(error as Error).message}`);
  }
  removeOld(cache, ready);
  const work = fs.mkdtempSync(path.join(cache, 'work-'));
  try {
    const archives = await download(work, report);
    await unpack(archives, path.join(work, 'root'), report);
    publish(path.join(work, 'root'), ready);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
  report(`lab: ready in ${ready}\n`);
  return ready;
}

/** Prepares the lab; null when it can run, else why not. */
export async function labUnavailable(report?: Report): Promise<string | null> {
  try {
    await prepareLab(report);
    return null;
  } catch (error) {
    if (error instanceof LabUnavailable) return error.message;
    throw error;
  }
}

export function cacheFolder(): string {
  const own = process.env['UNDERSTUDY_LAB_CACHE'];
  if (own) return path.resolve(own);
  const base = process.env['XDG_CACHE_HOME'] || path.join(os.homedir(), '.cache');
  return path.join(base, 'understudy-lab');
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
  const hash = createHash('sha256').update(`${LAYOUT} ${PACKAGES.join(' ')}`);
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

async function download(work: string, report: Report): Promise<readonly string[]> {
  const archives = path.join(work, 'cache', 'archives');
  fs.mkdirSync(path.join(archives, 'partial'), { recursive: true });
  fs.mkdirSync(path.join(work, 'lists', 'partial'), { recursive: true });
  const config = path.join(work, 'apt.conf');
  fs.writeFileSync(config, aptConfig(work));

  report('lab: reading package lists');
  const update = await run('apt-get', ['-c', config, '-q', 'update'], work);
  report(`lab: downloading ${PACKAGES.length} packages and what they need`);
  const get = ['-c', config, '-q', '-y', '--no-install-recommends', '--no-remove', '--download-only', 'install'];
  const install = await run('apt-get', [...get, ...PACKAGES], work);
  if (install.status !== 0) {
    const cause = firstError(update.output) ?? firstError(install.output) ?? `apt-get ended with ${install.status}`;
    throw new LabUnavailable(`cannot download packages: ${cause}`);
  }
  return fs
    .readdirSync(archives)
    .filter((name) => name.endsWith('.deb'))
    .map((name) => path.join(archives, name));
}

/** The host's sources and proxy stay; lists, archives and locks are ours, hooks of the host do not run. */
function aptConfig(work: string): string {
  const hooks = ['APT::Update::Pre-Invoke', 'APT::Update::Post-Invoke', 'APT::Update::Post-Invoke-Success'];
  return [
    ...hooks.map((hook) => `#clear ${hook};`),
    '#clear DPkg::Pre-Install-Pkgs;',
    '#clear DPkg::Post-Invoke;',
    '#clear Acquire::IndexTargets::deb::DEP-11;',
    `Dir::State::Lists "${work}/lists";`,
    `Dir::Cache "${work}/cache";`,
    `Dir::Log "${work}";`,
    'Debug::NoLocking "1";',
    'APT::Sandbox::User "";',
    'APT::Get::List-Cleanup "0";',
    'Acquire::Languages "none";',
    'Acquire::Retries "3";',
    'Acquire::http::Timeout "20";',
    'Acquire::https::Timeout "20";',
    '',
  ].join('\n');
}

function firstError(output: string): string | null {
  const lines = output.split('\n');
  const line = lines.find((text) => text.startsWith('E: ')) ?? lines.find((text) => text.startsWith('W: Failed'));
  return line === undefined ? null : line.slice(3).trim();
}

async function unpack(archives: readonly string[], root: string, report: Report): Promise<void> {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    fs.mkdirSync(path.join(root, 'usr', name), { recursive: true });
    fs.symlinkSync(`usr/${name}`, path.join(root, name));
  }
  const queue = [...archives];
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let archive = queue.shift(); archive !== undefined; archive = queue.shift()) {
      await unpackOne(archive, root);
      done += 1;
      if (done % 25 === 0 || done === archives.length) report(`lab: unpacked ${done} of ${archives.length} packages`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, os.availableParallelism()) }, worker));

  const modules = path.join(root, 'usr/lib/modules');
  fs.mkdirSync(modules, { recursive: true });
  for (const version of fs.readdirSync(path.join(root, 'usr/lib/uml/modules'))) {
    fs.symlinkSync(`../uml/modules/${version}`, path.join(modules, version));
  }
  const missing = NEEDED.filter(
    (file) => !fs.existsSync(path.join(root, file)) && !fs.existsSync(path.join('/', file)),
  );
  if (missing.length > 0) throw new LabUnavailable(`the packages lack ${missing.join(', ')}`);
}

/** Not `dpkg -x`: it would replace the lib link by a folder, which in the overlay would hide the host's libraries. */
async function unpackOne(archive: string, root: string): Promise<void> {
  const skip = ['doc', 'man', 'locale', 'icons', 'fonts'].map((name) => `--exclude=./usr/share/${name}`).join(' ');
  const tar = `tar -x --keep-directory-symlink --no-same-owner ${skip} -C "$2"`;
  const { status, output } = await run('sh', ['-c', `dpkg --fsys-tarfile "$1" | ${tar}`, 'sh', archive, root], root);
  if (status !== 0) throw new LabUnavailable(`cannot unpack ${path.basename(archive)}: ${output.trim()}`);
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

function run(command: string, args: readonly string[], cwd: string): Promise<{ status: number; output: string }> {
  const options: SpawnOptions = {
    cwd,
    env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: APT_LIMIT_MS,
  };
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, options);
    let output = '';
    const keep = (bytes: Buffer): void => {
      output = (output + bytes.toString()).slice(-100_000);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.once('error', (error) => reject(new LabUnavailable(`${command}: ${error.message}`, { cause: error })));
    child.once('close', (code) => resolve({ status: code ?? 1, output }));
  });
}

/** One line that is rewritten on a terminal, short lines elsewhere. */
function progressLine(): Report {
  const { stderr } = process;
  return (line) => stderr.write(stderr.isTTY ? `\r\x1b[K${line}` : `${line.trimEnd()}\n`);
}
