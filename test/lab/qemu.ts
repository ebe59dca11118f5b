/** Debian's own kernel in an emulated machine, with the host's files over 9p (virtio). No /dev/kvm is needed. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Launch, LaunchOptions } from './boot.ts';
import { type InitialFile, packInitial } from './cpio.ts';
import { sourceFile } from './guest/source-file.ts';
import { kernelVersion } from './packages.ts';

/** What the kernel lacks until the host's files are there. */
const firstModules = ['virtio_pci', '9pnet_virtio', '9p', 'overlay'];

export function qemuLaunch({ packages, bootDir, outDir, script, memoryMb, cpu }: LaunchOptions): Launch {
  const version = kernelVersion(packages);
  if (version === null) throw new Error(`expected a kernel in ${packages}/boot, got none`);
  const initial = path.join(bootDir, 'initial');
  fs.writeFileSync(initial, packInitial(initialFiles(packages, version)));
  const { file, data, env } = emulator(packages);
  const share = (tag: string, folder: string, access: string): string[] => [
    '-virtfs',
    `local,id=${tag},path=${folder.replaceAll(',', ',,')},mount_tag=${tag},security_model=none,multidevs=remap${access}`,
  ];
  const kernel = ['console=ttyS0', 'quiet', 'loglevel=3', 'panic=-1', 'tsc=reliable', `lab_script=${script}`];
  return {
    file: 'taskset',
    env,
    args: [
      ...(cpu === null ? ['-c', '0-1023'] : ['-c', String(cpu)]),
      file,
      ...['-accel', 'tcg', '-cpu', 'max', '-smp', '1', '-m', String(memoryMb), '-no-reboot'],
      ...['-nodefaults', '-display', 'none', '-serial', 'stdio', '-monitor', 'none', '-nic', 'none', ...data],
      ...share('host', '/', ',readonly=on'),
      ...share('cache', packages, ',readonly=on'),
      ...share('out', outDir, ''),
      ...['-kernel', path.join(packages, `boot/vmlinuz-${version}`), '-initrd', initial],
      ...['-append', kernel.join(' ')],
    ],
  };
}

function emulator(packages: string): { file: string; data: readonly string[]; env: Readonly<Record<string, string>> } {
  const own = path.join(packages, 'usr/bin/qemu-system-x86_64');
  if (!fs.existsSync(own)) return { file: 'qemu-system-x86_64', data: [], env: {} };
  const data = ['qemu', 'seabios'].flatMap((name) => ['-L', path.join(packages, 'usr/share', name)]);
  return { file: own, data, env: { LD_LIBRARY_PATH: path.join(packages, 'usr/lib/x86_64-linux-gnu') } };
}

function initialFiles(packages: string, version: string): readonly InitialFile[] {
  const folder = path.join(packages, 'usr/lib/modules', version);
  const modules = inOrder(fs.readFileSync(path.join(folder, 'modules.dep'), 'utf8'), firstModules);
  const busybox = ['bin', 'usr/bin'].map((name) => path.join(packages, name, 'busybox')).find(fs.existsSync);
  return [
    { name: 'bin/busybox', content: fs.readFileSync(busybox ?? '/bin/busybox'), isProgram: true },
    { name: 'init', content: fs.readFileSync(sourceFile('initial.sh')), isProgram: true },
    { name: 'modules/order', content: Buffer.from(`${modules.map((file) => path.basename(file)).join('\n')}\n`) },
    ...modules.map((file) => ({
      name: `modules/${path.basename(file)}`,
      content: fs.readFileSync(path.join(folder, file)),
    })),
  ];
}

/** The files of these modules and of what they need, each after what it needs. `list`: modules.dep(5). */
function inOrder(list: string, names: readonly string[]): readonly string[] {
  const needs = new Map(
    list.split('\n').map((line): [string, readonly string[]] => {
      const [file = '', rest = ''] = line.split(':');
      return [file, rest.split(' ').filter((other) => other !== '')];
    }),
  );
  const ordered = new Set<string>();
  const take = (file: string): void => {
    for (const other of needs.get(file) ?? []) take(other);
    ordered.add(file);
  };
  for (const name of names) {
    const file = [...needs.keys()].find((key) => path.basename(key) === `${name}.ko`);
    // Without a file it is part of the kernel itself.
    if (file !== undefined) take(file);
  }
  return [...ordered];
}
