/** Mail as files, for those who want to look before they send, and for the demo. */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The file appears whole or not at all; the same notice again replaces it. Returns its path. */
export async function writeMail(folder: string, name: string, message: Buffer): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, name);
  const part = `${path}.part`;
  try {
    const file = await open(part, 'w');
    try {
      await file.writeFile(message);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  return path;
}

/** `20261121T031204Z-NOTICE.eml`: sorts by the time of what it tells. */
export function mailFileName(atMs: number, noticeId: string): string {
  const time = new Date(atMs).toISOString().slice(0, 19).replace(/[-:]/g, '');
  const id = noticeId.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 100);
  return `${time}Z-${id}.eml`;
}
