import * as path from 'node:path';
import type { Command } from '../../services.ts';

export const AGENT_PORT = 9707;

export interface AgentOptions {
  /** Its limits, as on its command line: `cpu 70`. None is all six at their defaults. */
  readonly words?: readonly string[];
  /** More of its command line: `--wcs http://127.0.0.1:8081/`. */
  readonly args?: readonly string[];
  /** Who may ask beside the host itself. */
  readonly onlyFrom?: readonly string[];
}

/** The product's own agent, which reads the guest's /proc: its load is that of all hosts together. */
export function agent({ words = ['cpu', '400'], args = [], onlyFrom = ['10.10.3.0/24'] }: AgentOptions = {}): Command {
  const main = path.join(import.meta.dirname, '../../../../../src/main.js');
  return {
    file: process.execPath,
    args: [main, 'agent', ...words, '--port', String(AGENT_PORT), '--only-from', onlyFrom.join(','), ...args],
  };
}
