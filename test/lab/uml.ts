/** Debian's user-mode kernel: Linux as one process of an ordinary user. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Launch, LaunchOptions } from './boot.ts';
import { idlestCpu } from './cpus.ts';

/**
 * The kernel and the processes it traces take turns and never run together: pinned to one processor, a system call of
 * the guest costs a third of what it costs across two.
 */
export function umlLaunch({ packages, bootDir, script, memoryMb, cpu }: LaunchOptions): Launch {
  const kernel = kernelFor(memoryMb, path.join(packages, 'usr/bin/linux.uml'), bootDir);
  const args = [
    ...[`mem=${memoryMb}M`, 'root=/dev/root', 'rootfstype=hostfs', 'rootflags=/', 'ro', 'quiet'],
    ...[`uml_dir=${bootDir}`, 'umid=lab', 'con=null', 'con0=null,fd:1', 'init=/bin/sh', '--', script],
  ];
  return { file: 'taskset', args: ['-c', String(cpu ?? idlestCpu()), kernel, ...args], env: {} };
}

/**
 * The guest's memory is an executable file, which the kernel insists on keeping in /dev/shm where that is a tmpfs.
 * Containers often forbid execution there, or have little of it: then a copy of the kernel that does not find
 * the folder takes /tmp.
 */
function kernelFor(memoryMb: number, kernel: string, bootDir: string): string {
  const mounts = fs.readFileSync('/proc/mounts', 'utf8').split('\n');
  const shm = mounts.map((line) => line.split(' ')).findLast((fields) => fields[1] === '/dev/shm');
  if (shm === undefined) return kernel;
  const { bavail, bsize } = fs.statfsSync('/dev/shm');
  const isFit = !shm[3]?.split(',').includes('noexec') && bavail * bsize > memoryMb * 1_048_576;
  if (isFit) return kernel;
  const bytes = fs.readFileSync(kernel);
  for (let at = bytes.indexOf('/dev/shm'); at >= 0; at = bytes.indexOf('/dev/shm', at)) bytes.write('/nowhere', at);
  const copy = path.join(bootDir, 'linux.uml');
  fs.writeFileSync(copy, bytes, { mode: 0o755 });
  return copy;
}
