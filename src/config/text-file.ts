/** Reads a small text file, or returns in one line why that failed. */
import { readFileSync, statSync } from 'node:fs';

export type TextFile = { readonly text: string } | { readonly cause: string };

const causes: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its symbolic links go in a circle',
};

export function readTextFile(file: string, maxBytes: number): TextFile {
  let bytes: Buffer;
  try {
    // A pipe or a device could block the program or never end.
    const found = statSync(file);
    if (found.isDirectory()) return { cause: 'it is a directory' };
    if (!found.isFile()) return { cause: 'it is not a regular file' };
    if (found.size > maxBytes) return { cause: `it has ${found.size} bytes, expected at most ${maxBytes}` };
    bytes = readFileSync(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return { cause: causes[code] ?? code };
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { cause: 'expected text in UTF-8, got other bytes' };
  }
}
