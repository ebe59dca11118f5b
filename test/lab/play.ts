/** A guest that plays its script while vitest waits for one result after the other. */
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootLab, type LabKernel } from './boot.ts';
import { laneCpu } from './cpus.ts';
import { labUnavailable } from './packages.ts';
import { describeResult, type LabResult, readResult } from './results.ts';

export interface Play {
  /** The first result that fits; rejects when the guest ends without one. */
  result<R extends LabResult>(fits: (result: LabResult) => result is R): Promise<R>;
  /** Ends the guest if it still runs. */
  stop(): Promise<void>;
}

const lastLines = 60;

/** Why the lab cannot run here, or null. Says loudly which tests are skipped for it; throws where none may be. */
export async function skipReason(suite: string, names: readonly string[]): Promise<string | null> {
  const reason = await labUnavailable();
  if (reason === null) return null;
  if (process.env['UNDERSTUDY_REQUIRE_ALL'] === '1') {
    throw new Error(`${suite}: ${names.length} tests cannot run here, and all are required: ${reason}`);
  }
  const list = names.map((name) => `  skipped: ${name}`).join('\n');
  console.warn(`lab: ${suite}: ${names.length} tests SKIPPED, the lab cannot run here: ${reason}\n${list}`);
  return reason;
}

export interface PlayOptions {
  readonly kernel?: LabKernel;
  /** The folder for logs, below dist/test/lab/out; by default the script's name. */
  readonly out?: string;
}

/** `script`: a compiled one of `guest/`. Its output next to its results is shown if it fails. */
export function play(script: string, args: readonly string[], timeoutMs: number, options: PlayOptions = {}): Play {
  const { kernel = 'uml', out = script } = options;
  const compiled = fileURLToPath(new URL('../../dist/test/lab', import.meta.url));
  const file = path.join(compiled, 'guest', `${script}.js`);
  if (!existsSync(file)) throw new Error(`no ${file}: expected a build, see \`npm run build\``);
  const results: LabResult[] = [];
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const stop = new AbortController();
  let end: string | null = null;

  const wake = (): void => {
    for (const look of waiting) look();
  };
  const onLine = (line: string): void => {
    const result = readResult(line);
    if (result === null) {
      lines.push(line);
      if (lines.length > lastLines) lines.shift();
    } else {
      results.push(result);
      appendFileSync(path.join(outDir, 'results.txt'), `${describeResult(result)}\n`);
    }
    wake();
  };
  const outDir = path.join(compiled, 'out', kernel === 'uml' ? out : `${out}-${kernel}`);
  mkdirSync(outDir, { recursive: true });
  writeFileSync(path.join(outDir, 'results.txt'), '');
  const boot = { kernel, script: file, args, outDir, timeoutMs, cpu: laneCpu(), onLine, signal: stop.signal };
  const running = bootLab(boot)
    .then(
      ({ status }) => `the guest ended with ${status}`,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )
    .then((how) => {
      end = how;
      wake();
    });

  return {
    result: (fits) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = results.find(fits);
          if (found === undefined && end === null) return;
          waiting.delete(look);
          if (found !== undefined) resolve(found);
          else reject(new Error(`no result: ${end}; its last lines:\n${lines.join('\n')}`));
        };
        waiting.add(look);
        look();
      }),
    async stop() {
      stop.abort();
      await running;
    },
  };
}
