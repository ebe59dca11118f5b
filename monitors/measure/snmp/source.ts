import type { CheckContext, Target } from '../../../src/plugin/plugin.ts';
import { unknown } from '../../shared/verdicts.ts';
import type { Look, Source, Wish } from '../source.ts';
import type { SnmpAccess } from './access.ts';
import { askSnmp } from './ask.ts';
import type { LoadSnmp } from './library.ts';
import { askFor } from './tables.ts';

export function snmpSource(wish: Wish, port: number, access: SnmpAccess, load: LoadSnmp): Source {
  return async (target: Target, context: CheckContext): Promise<Look> => {
    const library = await load();
    if (library === null) {
      return { verdict: unknown('the package net-snmp is not installed', 'npm install net-snmp, beside this program') };
    }
    const result = await askSnmp(target, port, access, library, context, (agent) =>
      askFor(wish, agent, target.address),
    );
    return 'verdict' in result ? result : { facts: result.answer };
  };
}
