import { ipvsadmLines } from '../../../src/balancer/ipvs/arguments.ts';
import { createIpvsBalancer, type IpvsOptions } from '../../../src/balancer/ipvs/ipvs.ts';
import { parseProc } from '../../../src/balancer/ipvs/parse-proc.ts';
import { serviceKey } from '../../../src/core/table.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { systemExec } from '../../../src/system/exec.ts';
import { anyServices, type Stage } from '../../contract/balancer.ts';
import type { FakeIpvs } from '../../fake/ipvsadm/fake-ipvs.ts';

/** The real balancer on the fake kernel. */
export function ipvsStage(fake: FakeIpvs, options: Partial<IpvsOptions> = {}): Stage {
  const { program, procFile } = fake;
  return {
    ...anyServices,
    open: () => createIpvsBalancer({ exec: systemExec, clock: systemClock, program, procFile, ...options }),
    async hand(commands) {
      const { exitCode, stderr } = fake.ipvsadm('-R', ipvsadmLines(commands));
      if (exitCode !== 0 || stderr !== '') throw new Error(`the other hand failed: ${stderr}`);
    },
    raw: (key) => blockOf(fake.proc(), key),
  };
}

/** The lines of one service. */
function blockOf(proc: string, key: string): string {
  const [version = '', titles = '', columns = '', ...lines] = proc.split('\n');
  const header = [version, titles, columns];
  let found = '';
  let isIn = false;
  for (const line of lines) {
    if (!line.startsWith('  -> ') && line !== '') {
      const [service] = parseProc([...header, line, ''].join('\n'), () => undefined);
      isIn = service !== undefined && serviceKey(service.at) === key;
    }
    if (isIn && line !== '') found += `${line}\n`;
  }
  return found;
}
