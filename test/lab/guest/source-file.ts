import * as fs from 'node:fs';
import * as path from 'node:path';

/** A file of `test/lab/guest` that the compiler does not copy, seen from the sources and from `dist` alike. */
export function sourceFile(name: string): string {
  return repositoryFile(path.join('test/lab/guest', name));
}

/** By its path from where `package.json` is. */
export function repositoryFile(name: string): string {
  let folder = import.meta.dirname;
  while (!fs.existsSync(path.join(folder, 'package.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${import.meta.dirname}`);
    folder = parent;
  }
  return path.join(folder, name);
}
