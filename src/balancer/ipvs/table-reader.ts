import { existsSync, readFileSync } from 'node:fs';
import type { Table } from '../../core/table.ts';
import type { Exec, ExecResult } from '../../ports.ts';
import { BalancerError } from '../balancer.ts';
import { ipvsadmFault } from './faults.ts';
import { type FamilyOfMark, parseProc, toTable } from './parse-proc.ts';
import { findHz, parseSavedPersistence } from './parse-save.ts';

export interface TableReaderOptions {
  readonly exec: Exec;
  readonly program: string;
  readonly procFile: string;
  readonly familyOfMark: FamilyOfMark;
}

export const ipvsadmTimeoutMs = 2_000;

/**
 * Reads the table from /proc, 0.1 ms. ipvsadm runs only while there is no such file (it loads the module, or says
 * why not) and once to learn the kernel's HZ, when a persistent service is first seen.
 */
export function tableReader({ exec, program, procFile, familyOfMark }: TableReaderOptions): () => Promise<Table> {
  let hz: number | null = null;
  let saving: Promise<string> | null = null;

  const save = (): Promise<string> => {
    saving ??= runIpvsadm(exec, program, ['-S', '-n'])
      .then((result) => {
        if (result.exitCode !== 0) throw ipvsadmFault(program, result.stderr);
        return result.stdout;
      })
      .finally(() => {
        saving = null;
      });
    return saving;
  };

  const parse = () => parseProc(readProc(procFile, program), familyOfMark);

  return async () => {
    if (!existsSync(procFile)) await save();
    let services = parse();
    // Twice, since the table may change between the two readings.
    for (let tries = 2; hz === null && tries > 0; tries -= 1) {
      if (services.every(({ persistenceJiffies }) => persistenceJiffies === null)) break;
      hz = findHz(services, parseSavedPersistence(await save()));
      services = parse();
    }
    if (hz === null && services.some(({ persistenceJiffies }) => persistenceJiffies !== null)) {
      throw new BalancerError('unread', `expected one HZ from ${procFile} and \`ipvsadm -S -n\`, they do not agree`);
    }
    return toTable(services, hz ?? 1, familyOfMark);
  };
}

/** Rejects with BalancerError when it cannot be run to its end. */
export function runIpvsadm(exec: Exec, program: string, args: readonly string[], input?: string): Promise<ExecResult> {
  const options = { timeoutMs: ipvsadmTimeoutMs, ...(input === undefined ? {} : { input }) };
  return exec.run(program, args, options).catch((cause: unknown) => {
    throw ipvsadmFault(program, cause instanceof Error ? cause.message : String(cause));
  });
}

function readProc(file: string, program: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
      throw ipvsadmFault(program, `Protocol not available: no ${file}`);
    }
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new BalancerError('unread', `cannot read ${file}: ${why}`, { cause });
  }
}
