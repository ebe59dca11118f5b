/** The machine that this program runs on. */
import { access, chmod, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemExec } from '../../system/exec.ts';
import type { Files, Host } from './host.ts';

/** More than the connection tables of a busy video server, whose listeners come first in them. */
const readLimitBytes = 16 * 1_048_576;
const chunkBytes = 65_536;

export function systemHost(): Host {
  return { exec: systemExec, files: systemFiles, uid: process.getuid?.() ?? -1 };
}

export const systemFiles: Files = {
  async read(path) {
    try {
      return await readCapped(path);
    } catch {
      return null;
    }
  },
  async exists(path) {
    try {
      await access(path);
      return true;
    } catch {
      return false;
    }
  },
  async list(folder) {
    try {
      return (await readdir(folder)).sort();
    } catch {
      return [];
    }
  },
  async write(path, text) {
    if (path.startsWith('/proc/')) return writeFile(path, text);
    const folder = dirname(path);
    // Regardless of the umask: systemd-networkd does not run as root.
    if ((await mkdir(folder, { recursive: true })) !== undefined) await chmod(folder, 0o755);
    const half = `${path}.understudy-new`;
    try {
      await writeFile(half, text, { flush: true });
      await chmod(half, 0o644);
      await rename(half, path);
    } catch (cause) {
      await rm(half, { force: true });
      throw cause;
    }
  },
  remove: (path) => rm(path, { force: true }),
};

/** Files of /proc have no size, so they are read until they end. */
async function readCapped(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const chunks: Buffer[] = [];
    for (let bytes = 0; bytes < readLimitBytes; ) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes, null);
      if (bytesRead === 0) break;
      chunks.push(buffer.subarray(0, bytesRead));
      bytes += bytesRead;
    }
    return Buffer.concat(chunks).toString('utf8');
  } finally {
    await file.close();
  }
}
