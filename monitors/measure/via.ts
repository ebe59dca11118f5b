import { type CheckContext, field, type Target } from '../../src/plugin/plugin.ts';
import { httpGet } from '../shared/http.ts';
import { tlsField, tlsOf } from '../shared/tls.ts';
import { unknown } from '../shared/verdicts.ts';
import { agentSource } from './agent.ts';
import { localSource, type Machine, thisMachine } from './local.ts';
import { fromNodeExporter } from './node-exporter.ts';
import { type SnmpOptions, snmpAccess, snmpFields } from './snmp/access.ts';
import { installedSnmp, type LoadSnmp } from './snmp/library.ts';
import { snmpSource } from './snmp/source.ts';
import type { Look, Source, Wish } from './source.ts';

/** The options shared by all monitors that measure a machine. */
export const viaFields = {
  via: field
    .oneOf(['local', 'agent', 'node_exporter', 'snmp'])
    .default('node_exporter')
    .describe('Source of the figure; `local` reads /proc of the director, whichever server is checked'),
  port: field.port().optional().describe('Default: 9100 of node_exporter, 9707 of the agent, 161 of SNMP'),
  path: field
    .text()
    .regex(/^\/[!-~]*$/, 'expected a path such as /metrics, without blanks')
    .default('/metrics')
    .describe('Of node_exporter'),
  tls: tlsField(),
  user: field.text().optional().describe('For node_exporter behind HTTP Basic, and for SNMP v3'),
  password: field.secret().optional().describe('For HTTP Basic'),
  ...snmpFields,
};

export interface ViaOptions extends SnmpOptions {
  readonly via: 'local' | 'agent' | 'node_exporter' | 'snmp';
  readonly port?: number | undefined;
  readonly path: string;
  readonly tls: Parameters<typeof tlsOf>[0];
  readonly password?: string | undefined;
}

interface Problems {
  addIssue(problem: { readonly code: 'custom'; readonly path: string[]; readonly message: string }): void;
}

/** Options that exclude each other, whatever is measured. */
export function viaRule(options: ViaOptions, { addIssue }: Problems): void {
  if (options.via !== 'snmp' || options.snmp !== 'v3') return;
  const missing = (key: string, message: string): void => addIssue({ code: 'custom', path: [key], message });
  if (options.user === undefined) missing('user', 'expected the user of SNMP v3, got none');
  if (options.priv_password !== undefined && options.auth_password === undefined) {
    missing('auth_password', 'expected an auth_password beside the priv_password, got none');
  }
}

/** Replacements of the machine and the package, for tests. */
export interface World {
  readonly machine: Machine;
  readonly loadSnmp: LoadSnmp;
}

export const realWorld: World = { machine: thisMachine, loadSnmp: installedSnmp };

export function sourceOf(wish: Wish, options: ViaOptions, { machine, loadSnmp }: World): Source {
  switch (options.via) {
    case 'local':
      return localSource(wish, machine);
    case 'agent':
      return agentSource(options.port ?? 9707);
    case 'snmp':
      return snmpSource(wish, options.port ?? 161, snmpAccess(options), loadSnmp);
    case 'node_exporter':
      return exporterSource(options);
    default:
      return options.via satisfies never;
  }
}

/** node_exporter sends about 60 kB; more on machines with hundreds of interfaces and mounts. */
const maxBytes = 4_194_304;

function exporterSource({ port, path, tls, user, password }: ViaOptions): Source {
  const basic = Buffer.from(`${user ?? ''}:${password ?? ''}`).toString('base64');
  const headers = user === undefined && password === undefined ? {} : { authorization: `Basic ${basic}` };
  const get = { port: port ?? 9100, path, tls: tlsOf(tls), headers, maxBytes };
  return async (target: Target, context: CheckContext): Promise<Look> => {
    const result = await httpGet(target, get, context);
    if ('verdict' in result) return result;
    const facts = fromNodeExporter(result.body);
    return facts === null ? { verdict: unknown('expected the metrics of node_exporter, got none') } : { facts };
  };
}
