import { type ChildProcess, spawn } from 'node:child_process';

export type Ending =
  | { readonly how: 'exit'; readonly code: number; readonly output: string; readonly errors: string }
  | { readonly how: 'signal'; readonly signal: string; readonly output: string; readonly errors: string }
  | { readonly how: 'not started'; readonly code: string }
  | { readonly how: 'too much output' };

export const maxOutputBytes = 65_536;

/**
 * Runs a program in its own process group, which ends with it or with the signal, whichever comes first: nothing in the
 * group outlives the check, and nothing that keeps its pipes open delays the verdict.
 * Rejects with the signal's reason.
 */
export function runToEnd(run: readonly string[], env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Ending> {
  const [file = '', ...args] = run;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    let child: ChildProcess;
    try {
      child = spawn(file, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    } catch (error) {
      resolve({ how: 'not started', code: codeOf(error) });
      return;
    }

    const output = collect(child.stdout, tooMuch);
    const errors = collect(child.stderr, tooMuch);
    signal.addEventListener('abort', onAbort);
    child.once('error', (error) => {
      finish();
      resolve({ how: 'not started', code: codeOf(error) });
    });
    child.once('exit', (code, killedBy) => {
      // Output written before the exit is in the pipe: three turns of the event loop read it.
      afterTurns(3, () => {
        finish();
        const said = { output: output(), errors: errors() };
        resolve(
          code === null ? { how: 'signal', signal: killedBy ?? 'unknown', ...said } : { how: 'exit', code, ...said },
        );
      });
    });

    let finished = false;
    function finish(): void {
      if (finished) return;
      finished = true;
      signal.removeEventListener('abort', onAbort);
      killGroup(child.pid);
      child.stdout?.destroy();
      child.stderr?.destroy();
    }

    function tooMuch(): void {
      finish();
      resolve({ how: 'too much output' });
    }

    function onAbort(): void {
      finish();
      reject(signal.reason);
    }
  });
}

function collect(stream: NodeJS.ReadableStream | null, onTooMuch: () => void): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream?.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxOutputBytes) onTooMuch();
    else chunks.push(chunk);
  });
  stream?.on('error', () => undefined);
  return () => Buffer.concat(chunks).toString('utf8');
}

/** The group keeps its id as long as it has a process, even if its leader is gone. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // ESRCH: no process is left.
  }
}

function afterTurns(turns: number, done: () => void): void {
  if (turns === 0) done();
  else setImmediate(() => afterTurns(turns - 1, done));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
