/** What commands on the declared state share: the configuration, and the director's tables. */

import type { Kernel, OpenKernel } from '../apply/kernel.ts';
import type { Config } from '../config/config.ts';
import type { ReadConfig } from './config-report.ts';
import { count } from './render/words.ts';
import type { ExitCode, Session } from './session.ts';

export interface KernelParts {
  readonly readConfig: ReadConfig;
  readonly openKernel: (...given: Parameters<OpenKernel>) => Promise<Kernel>;
}

/** A configuration that is not valid ends it with every problem of it, and nothing was looked at. */
export async function withKernel(
  session: Session,
  parts: KernelParts,
  file: string,
  use: (config: Config, kernel: Kernel) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { config, problems, warnings } = await parts.readConfig(file);
  // Whole lines, whatever the width: they are copied into editors and searched for.
  session.err.write([...problems, ...warnings.map((text) => `${text} (warning)`)].map((line) => `${line}\n`).join(''));
  if (config === null) {
    session.err.write(`${count(problems.length, 'problem')} in ${file}\n`);
    return 1;
  }
  const proxied = [...config.services.values()].filter(({ balancer }) => balancer === 'haproxy');
  if (proxied.length > 0) session.err.write(`${notKernel(proxied.map(({ name }) => name))}\n`);
  const kernel = await parts.openKernel(config, (text) => session.err.write(`${text}\n`));
  try {
    return await use(config, kernel);
  } finally {
    await kernel.close();
  }
}

function notKernel(names: readonly string[]): string {
  const which = `${names.length === 1 ? 'pool' : 'pools'} ${names.join(', ')}`;
  return `${which} of HAProxy: not part of the kernel, and left alone here: \`understudy table\` has what the daemon does`;
}
