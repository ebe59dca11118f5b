/** An initial file system for a Linux kernel: cpio in the "newc" form (kernel.org, early-userspace/buffer-format). */

export interface InitialFile {
  /** Without a slash in front; its folders are made. */
  readonly name: string;
  readonly content: Buffer;
  readonly isProgram?: boolean;
}

const isFolder = 0o040_755;
const isFile = 0o100_644;
const isRunnable = 0o100_755;

export function packInitial(files: readonly InitialFile[]): Buffer {
  const folders = new Set<string>();
  for (const { name } of files) {
    const parts = name.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) folders.add(parts.slice(0, depth).join('/'));
  }
  let inode = 0;
  const entry = (name: string, mode: number, content: Buffer): Buffer => {
    inode += 1;
    return packEntry(name, mode, inode, content);
  };
  return Buffer.concat([
    ...[...folders].sort().map((name) => entry(name, isFolder, Buffer.alloc(0))),
    ...files.map(({ name, content, isProgram }) => entry(name, isProgram ? isRunnable : isFile, content)),
    entry('TRAILER!!!', 0, Buffer.alloc(0)),
  ]);
}

function packEntry(name: string, mode: number, inode: number, content: Buffer): Buffer {
  const nameBytes = Buffer.from(`${name}\0`);
  // inode, mode, uid, gid, links, mtime, size, 4 device numbers, length of the name, checksum
  const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, nameBytes.length, 0];
  const head = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`);
  return Buffer.concat([padded(Buffer.concat([head, nameBytes])), padded(content)]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
