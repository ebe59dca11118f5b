/**
 * Writes files into a folder, each completely or not at all, and never over a file that was written or changed
 * externally. A manifest records what is ours: the SHA-256 of each file that we wrote, and during a save also of the
 * file that it replaces, so that an interrupted save can be repeated.
 */
import { createHash } from 'node:crypto';
import { lstat, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SavedFile } from './saved-files.ts';

export const manifestName = 'understudy-saved.json';

/** One line: what prevents the save. */
export class SaveRefused extends Error {
  override readonly name = 'SaveRefused';
}

type Manifest = ReadonlyMap<string, readonly string[]>;

/** A larger file is not ours: 100,000 clients are some megabytes. */
const largestBytes = 256 * 1024 * 1024;
const largestManifestBytes = 1024 * 1024;

/** Resolves to the names of removed files, which are no longer part of the saved state. */
export async function saveFiles(
  folder: string,
  files: readonly SavedFile[],
  options: { readonly force: boolean },
): Promise<readonly string[]> {
  await makeFolder(folder).catch((cause: unknown) => refuse(folder, 'expected a folder to write to', cause));
  const before = await readManifest(folder, options.force);
  const present = new Map<string, string>();
  for (const name of new Set([...files.map(({ name }) => name), ...before.keys()])) {
    const sum = await sumOf(join(folder, name));
    if (sum !== null) present.set(name, sum);
  }
  const isOurs = (name: string) => before.get(name)?.includes(present.get(name) ?? '') === true;
  for (const { name } of files) {
    if (!present.has(name) || isOurs(name) || options.force) continue;
    const why = before.has(name) ? 'it was changed since it was saved' : 'it was not written by understudy save';
    throw new SaveRefused(`${join(folder, name)}: expected to replace a file of ours, but ${why}; --force replaces it`);
  }

  const wanted = new Map(files.map(({ name, content }) => [name, [sha256(content)]]));
  const gone = [...before.keys()].filter((name) => !wanted.has(name) && isOurs(name));
  const meanwhile = new Map([...before, ...wanted].map(([name]) => [name, sumsOf(name, wanted, present)]));
  await write(folder, [manifest(meanwhile)]);
  await write(folder, files);
  for (const name of gone) await rm(join(folder, name), { force: true });
  await write(folder, [manifest(wanted)]);
  return gone;
}

function sumsOf(name: string, wanted: Manifest, present: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set([...(wanted.get(name) ?? []), present.get(name) ?? ''])].filter((sum) => sum !== '');
}

function manifest(sums: Manifest): SavedFile {
  const content = `${JSON.stringify({ writtenBy: 'understudy save', sha256: Object.fromEntries(sums) }, null, 2)}\n`;
  return { name: manifestName, content, executable: false };
}

async function readManifest(folder: string, force: boolean): Promise<Manifest> {
  const path = join(folder, manifestName);
  const found = await read(path, largestManifestBytes);
  if (found === null) return new Map();
  const sums = parseManifest(found.toString('utf8'));
  if (sums !== null) return sums;
  if (force) return new Map();
  throw new SaveRefused(`${path}: expected a list of saved files, got something else; --force replaces it`);
}

/** null: we have written nothing. */
function parseManifest(text: string): Manifest | null {
  try {
    const value: unknown = JSON.parse(text);
    const sums = typeof value === 'object' && value !== null && 'sha256' in value ? value.sha256 : null;
    if (typeof sums !== 'object' || sums === null) return null;
    const entries = Object.entries(sums).map(([name, list]: [string, unknown]) => [name, list] as const);
    // A name must not lead out of the folder.
    const isRight = ([name, list]: readonly [string, unknown]) =>
      /^[\w-][\w.-]*$/.test(name) && Array.isArray(list) && list.every((sum) => typeof sum === 'string');
    return entries.every(isRight) ? new Map(entries as [string, readonly string[]][]) : null;
  } catch {
    return null;
  }
}

async function sumOf(path: string): Promise<string | null> {
  const bytes = await read(path, largestBytes);
  return bytes === null ? null : sha256(bytes);
}

/** null: there is no such file. */
async function read(path: string, atMost: number): Promise<Buffer | null> {
  try {
    const found = await lstat(path);
    if (!found.isFile()) throw new SaveRefused(`${path}: expected a regular file or none, got something else`);
    if (found.size > atMost) throw new SaveRefused(`${path}: expected at most ${atMost} bytes, got ${found.size}`);
    return await readFile(path);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null;
    return refuse(path, 'expected a file to read', cause);
  }
}

/** All files are on disk before the first is renamed into place: a full disk leaves the old set complete. */
async function write(folder: string, files: readonly SavedFile[]): Promise<void> {
  const places = files.map((file) => ({
    ...file,
    draft: join(folder, `.${file.name}.new`),
    at: join(folder, file.name),
  }));
  let now = folder;
  try {
    for (const { content, executable, draft, at } of places) {
      now = at;
      await rm(draft, { force: true });
      const file = await open(draft, 'wx', executable ? 0o755 : 0o644);
      try {
        await file.writeFile(content);
        await file.sync();
      } finally {
        await file.close();
      }
    }
    for (const { draft, at } of places) {
      now = at;
      await rename(draft, at);
    }
  } catch (cause) {
    for (const { draft } of places) await rm(draft, { force: true }).catch(() => {});
    refuse(now, 'expected to write it', cause);
  }
}

/** Node's recursive mkdir never returns where a folder allows no children, such as /proc, and hides the reason. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (cause) {
    if (await isFolder(folder)) return;
    const parent = dirname(folder);
    if (codeOf(cause) !== 'ENOENT' || (await isFolder(parent))) throw cause;
    await makeFolder(parent);
    await makeFolder(folder);
  }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.isDirectory() === true;
}

function refuse(path: string, expected: string, cause: unknown): never {
  if (cause instanceof SaveRefused) throw cause;
  throw new SaveRefused(`${path}: ${expected}, got ${codeOf(cause) ?? String(cause)}`, { cause });
}

function codeOf(cause: unknown): string | null {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : null;
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
