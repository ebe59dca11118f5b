/** The archives as one tree that lies over the host's files in the guest. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { LabUnavailable, type Report, run } from './unavailable.ts';

export async function unpack(archives: readonly string[], root: string, report: Report): Promise<void> {
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
  await listModules(root);
}

/** What the package's own script would do: without the list of dependencies modprobe finds nothing. */
async function listModules(root: string): Promise<void> {
  const kernel = kernelVersion(root);
  if (kernel === null) throw new LabUnavailable(`the packages lack boot/vmlinuz-*`);
  const own = path.join(root, 'usr/bin/kmod');
  const kmod = fs.existsSync(own) ? own : '/usr/bin/kmod';
  const libraries = path.join(root, 'usr/lib/x86_64-linux-gnu');
  const script = `LD_LIBRARY_PATH="$1" exec -a depmod "$2" -b "$3" "$4"`;
  const { status, output } = await run('bash', ['-c', script, 'bash', libraries, kmod, root, kernel], root);
  if (status !== 0) throw new LabUnavailable(`cannot list the modules of ${kernel}: ${output.trim()}`);
}

/** Of Debian's kernel in the packages. */
export function kernelVersion(packages: string): string | null {
  const boot = path.join(packages, 'boot');
  const names = fs.existsSync(boot) ? fs.readdirSync(boot) : [];
  return names.map((name) => /^vmlinuz-(.+)$/.exec(name)?.[1]).find((version) => version !== undefined) ?? null;
}

/** Nothing in the guest asks for these, and they are most of the bytes. */
const skipped = [
  ...['doc', 'man', 'locale', 'icons', 'fonts'].map((name) => `usr/share/${name}`),
  ...['gpu', 'iio', 'infiniband', 'media', 'net/ethernet', 'net/wireless', 'scsi', 'staging', 'usb'].map(
    (name) => `lib/modules/*/kernel/drivers/${name}`,
  ),
  'lib/modules/*/kernel/sound',
];

/** Not `dpkg -x`: it would replace the lib link by a folder, which in the overlay would hide the host's libraries. */
async function unpackOne(archive: string, root: string): Promise<void> {
  const skip = skipped.map((name) => `'--exclude=./${name}'`).join(' ');
  const tar = `tar -x --keep-directory-symlink --no-same-owner ${skip} -C "$2"`;
  const { status, output } = await run('sh', ['-c', `dpkg --fsys-tarfile "$1" | ${tar}`, 'sh', archive, root], root);
  if (status !== 0) throw new LabUnavailable(`cannot unpack ${path.basename(archive)}: ${output.trim()}`);
}
