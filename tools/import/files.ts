/** The files that an import reads: capped, and in whatever encoding their editor left them. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { ImportInput, Remark, SourceText } from './import.ts';

/** A client list of 200,000 lines has 5 MB. */
const maxBytes = 16 * 1024 * 1024;
const maxTotalBytes = 64 * 1024 * 1024;
const maxFiles = 1000;
const maxListed = 10_000;

const causes: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its symbolic links go in a circle',
};

export interface ImportFiles {
  /** null: it cannot be read, and a remark says why. */
  read(file: string): SourceText | null;
  /** Paths of all files that were read. */
  known(): readonly string[];
  readonly include: Pick<Required<ImportInput>, 'read' | 'list'>;
  /** Remarks on whole files. */
  remarks(): readonly Remark[];
}

export function openImportFiles(): ImportFiles {
  const remarks: Remark[] = [];
  const known: string[] = [];
  let [filesLeft, bytesLeft] = [maxFiles, maxTotalBytes];

  function readBytes(file: string): Buffer | string {
    try {
      // A pipe or a device could block for ever, or never end.
      const found = statSync(file);
      if (found.isDirectory()) return 'it is a directory';
      if (!found.isFile()) return 'it is not a regular file';
      if (found.size > maxBytes) return `it has ${found.size} bytes, expected at most ${maxBytes}`;
      if (filesLeft === 0 || bytesLeft < found.size) return 'too many included files';
      const bytes = readFileSync(file);
      known.push(file);
      filesLeft -= 1;
      bytesLeft -= bytes.length;
      return bytes;
    } catch (fault) {
      const code = fault instanceof Error && 'code' in fault ? String(fault.code) : 'unknown error';
      return causes[code] ?? code;
    }
  }

  function readIf(file: string): SourceText | string {
    const bytes = readBytes(file);
    if (typeof bytes === 'string') return bytes;
    try {
      // The importer reports a byte order mark.
      return { name: file, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
    } catch {
      remarks.push({ file, line: null, kind: 'changed', text: 'expected text in UTF-8, read as Latin-1' });
      return { name: file, text: bytes.toString('latin1') };
    }
  }

  return {
    read(file) {
      const read = readIf(file);
      if (typeof read !== 'string') return read;
      remarks.push({ file, line: null, kind: 'error', text: `cannot be read: ${read}` });
      return null;
    },
    include: {
      read(name, from) {
        const read = readIf(besides(name, from));
        return typeof read === 'string' ? null : read;
      },
      list(pattern, from) {
        const found = matches(besides(pattern, from));
        return isAbsolute(pattern) ? found : found.map((file) => relative(dirname(from), file));
      },
    },
    known: () => known,
    remarks: () => remarks,
  };
}

function besides(name: string, from: string): string {
  return isAbsolute(name) ? name : join(dirname(from), name);
}

/** More stars in one name would only cost time. */
const maxStars = 5;

/** Files that fit a pattern with `*`, `?` and `[...]` in any of its parts, in their order. */
function matches(pattern: string): readonly string[] {
  if (pattern.split('*').length - 1 > maxStars) return [];
  const parts = resolve(pattern).split('/').slice(1);
  let found = ['/'];
  for (const part of parts) {
    found = /[*?[]/.test(part) ? found.flatMap((folder) => fitting(folder, part)) : found.map((at) => join(at, part));
    found = found.slice(0, maxListed);
  }
  return found.filter(isFile);
}

function fitting(folder: string, part: string): readonly string[] {
  const fits = new RegExp(`^${expressionOf(part)}$`, 'su');
  try {
    const names = readdirSync(folder).filter(
      (name) => fits.test(name) && (part.startsWith('.') || !name.startsWith('.')),
    );
    return names.sort().map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function expressionOf(part: string): string {
  return part.replaceAll(/\[(!?)([^\]]*)\]|[*?]|[^*?[]|\[/gu, (token, not: string, inside: string | undefined) => {
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    if (inside !== undefined && inside !== '') {
      return `[${not === '' ? '' : '^'}${inside.replaceAll(/[\\\]^[]/g, '\\$&')}]`;
    }
    return token.replaceAll(/[\\^$.|?*+(){}[\]/-]/g, '\\$&');
  });
}

function isFile(file: string): boolean {
  try {
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Names in a folder, in their order; empty when it cannot be read. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort().slice(0, maxListed);
  } catch {
    return [];
  }
}
