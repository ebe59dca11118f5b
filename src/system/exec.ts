/** The real `Exec`. Each child leads its own process group, so that its end is the end of all it started. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Exec, ExecOptions, ExecResult, Pipe, PipeEvents } from '../ports.ts';
import { errorText } from '../text.ts';

const defaultLimitBytes = 1_048_576;
/** How long what a program left in the background may keep its output open. */
const lingerMs = 100;
/** A service manager's PATH often lacks the folders of administration programs. */
const adminFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

export const systemExec: Exec = { run, open };

function run(file: string, args: readonly string[], options: ExecOptions): Promise<ExecResult> {
  return new Promise((resolve, reject) => {
    let child: ChildProcess;
    try {
      child = start(file, args, [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe']);
    } catch (cause) {
      reject(cannotStart(file, cause));
      return;
    }
    const limitBytes = options.outputLimitBytes ?? defaultLimitBytes;
    const stdout = collect(child.stdout, limitBytes);
    const stderr = collect(child.stderr, limitBytes);
    let linger: NodeJS.Timeout | undefined;
    const end = (): void => {
      clearTimeout(deadline);
      clearTimeout(linger);
    };
    const abandon = (): void => {
      killGroup(child);
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
    };
    const deadline = setTimeout(() => {
      end();
      abandon();
      child.unref();
      reject(new Error(`${file} did not end in ${options.timeoutMs} ms`));
    }, options.timeoutMs);

    child.once('error', (cause) => {
      if (child.pid !== undefined) return;
      end();
      abandon();
      reject(cannotStart(file, cause));
    });
    child.once('exit', () => {
      linger = setTimeout(abandon, lingerMs);
    });
    child.once('close', (exitCode) => {
      if (child.pid === undefined) return;
      end();
      resolve({ exitCode, stdout: stdout(), stderr: stderr() });
    });
    // It may end without reading; its exit code tells.
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input);
  });
}

/** `close` ends the child at once, read or not: what it has not done by then must not happen later. */
function open(file: string, args: readonly string[], events: PipeEvents): Pipe {
  let ended = false;
  const end = (cause: string): void => {
    if (ended) return;
    ended = true;
    events.onExit(cause);
  };
  let child: ChildProcess;
  try {
    child = start(file, args, ['pipe', 'ignore', 'pipe']);
  } catch (cause) {
    queueMicrotask(() => end(cannotStart(file, cause).message));
    return { write() {}, close() {} };
  }
  child.once('error', (cause) => {
    if (child.pid === undefined) end(cannotStart(file, cause).message);
  });
  // 'close' and not 'exit': what it said last comes first.
  child.once('exit', () => {
    const linger = setTimeout(() => {
      killGroup(child);
      child.stderr?.destroy();
    }, lingerMs);
    child.once('close', () => clearTimeout(linger));
  });
  child.once('close', (code, signal) => end(signal === null ? `exit ${code}` : `ended by ${signal}`));
  child.stdin?.on('error', () => {});
  child.stderr?.setEncoding('utf8').on('data', (text: string) => events.onStderr(text));
  return {
    write(text) {
      if (ended || !child.stdin?.writable) return;
      child.stdin.write(text);
      if (child.stdin.writableLength > defaultLimitBytes) killGroup(child);
    },
    close() {
      if (!ended) killGroup(child);
      child.stdin?.destroy();
    },
  };
}

function start(file: string, args: readonly string[], stdio: StdioOptions): ChildProcess {
  const folders = (process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin').split(':');
  const path = [...folders, ...adminFolders.filter((folder) => !folders.includes(folder))].join(':');
  return spawn(file, args, { detached: true, stdio, env: { ...process.env, PATH: path } });
}

function collect(stream: Readable | null, limitBytes: number): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream?.on('data', (chunk: Buffer) => {
    // Read on past the limit: a child that waits for us would run into its deadline.
    if (bytes < limitBytes) chunks.push(chunk.subarray(0, limitBytes - bytes));
    bytes += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}

function cannotStart(file: string, cause: unknown): Error {
  return new Error(`cannot start ${file}: ${errorText(cause)}`, { cause });
}
