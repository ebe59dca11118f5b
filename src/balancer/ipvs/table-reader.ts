import { existsSync, readFileSync } from 'node:fs';
import type { Table } from '../../core/table.ts';
import type { Exec, ExecResult } from '../../ports.ts';
import { errorText } from '../../text.ts';
import { BalancerError } from '../balancer.ts';
import { ipvsadmFault } from './faults.ts';
import { type FamilyOfMark, parseProc, toTable } from './parse-proc.ts';
import { findHz, parseSavedPersistence } from './parse-save.ts';

export interface TableReaderOptions {
  readonly exec: Exec;
  readonly program: string;
  readonly procFile: string;
  /** Called once for each read. */
  readonly familyOfMark: () => FamilyOfMark;
}

/** The HZ of most distribution kernels, used until the real value is known. */
const likelyHz = 250;

const ipvsadmTimeoutMs = 2_000;

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

  return async () => {
    if (!existsSync(procFile)) await save();
    const family = familyOfMark();
    const parse = () => parseProc(readProc(procFile, program), family);
    const services = parse();
    if (hz === null && services.some(({ persistenceJiffies }) => persistenceJiffies !== null)) {
      // Read again afterwards: the table may have changed in between. If `save` fails, the table is still readable.
      const seconds = await save().then(parseSavedPersistence, () => null);
      const later = parse();
      hz = seconds && findHz(later, seconds);
      return toTable(later, hz ?? likelyHz, family);
    }
    return toTable(services, hz ?? likelyHz, family);
  };
}

/** Rejects with BalancerError if ipvsadm cannot start or does not end in time. */
export function runIpvsadm(exec: Exec, program: string, args: readonly string[], input?: string): Promise<ExecResult> {
  const options = { timeoutMs: ipvsadmTimeoutMs, ...(input === undefined ? {} : { input }) };
  return exec.run(program, args, options).catch((cause: unknown) => {
    throw ipvsadmFault(program, errorText(cause));
  });
}

function readProc(file: string, program: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
      throw ipvsadmFault(program, `Protocol not available: no ${file}`);
    }
    const why = errorText(cause);
    throw new BalancerError('unread', `cannot read ${file}: ${why}`, { cause });
  }
}
