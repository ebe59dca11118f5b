// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configuration's own ${NAME}
/** Configurations as text, loaded from a folder that lasts as long as one test. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problems.ts';
import { plugins } from './plugins.ts';

export const smallest = `
servers: { edge1: { address: 10.10.3.20 } }
monitors: { rtsp: { type: rtsp } }
watches: { edges: { servers: [edge1], monitors: [rtsp] } }
`;

export const cluster = `
director: { name: lb1, reference: [10.10.3.1, "10.10.3.2:22", "[2001:db8::1]:53", "2001:DB8:0:0::2"], state: state }
servers:
  edge1: { address: 10.10.3.20, backups: [spare] }
  edge2: { address: 10.10.3.21, backups: [spare] }
  spare: { address: 10.10.3.29 }
monitors:
  rtsp: { type: rtsp, interval: 50ms }
  cpu: { type: cpu, via: local, limit: 90, on_limit: warn }
watches:
  edges: { servers: [edge1, edge2, spare], monitors: [rtsp], alerts: [failover, oncall] }
  loads: { servers: [edge1], monitors: [rtsp, cpu], alerts: [memory, chat] }
virtual_services:
  playout: { fwmark: 0x10, servers: [edge1, edge2], min_pooled: 50%, fail_back: manual, persistence: 50s }
  stats:
    tcp: 10.10.3.30:80
    forward: nat
    balancer: memory
    servers: { edge1: { weight: 5, port: 8080, backups: [] }, edge2: {} }
alerts:
  failover: { type: ipvs }
  memory: { type: memory }
  oncall: { type: mail, to: [oncall@example.org], alertevery: none, numalerts: 3 }
  chat: { type: chat, room: ops, key: "\${CHAT_KEY}" }
mail: { smtp_file: relay, from: understudy@example.org }
`;

export let folder: string;

/** A folder for each test of the file that calls this. */
export function useScratch(): void {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'understudy-config-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
}

export function load(text: string | Uint8Array, env: Readonly<Record<string, string>> = {}) {
  const file = join(folder, 'understudy.yaml');
  writeFileSync(file, text);
  return loadConfig(file, plugins, env);
}

export function valid(text: string, env: Readonly<Record<string, string>> = {}) {
  const loaded = load(text, env);
  if ('problems' in loaded) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded;
}

export function problemsOf(text: string | Uint8Array, env: Readonly<Record<string, string>> = {}): readonly string[] {
  const loaded = load(text, env);
  if (!('problems' in loaded)) throw new Error('expected problems, got none');
  return loaded.problems.map((problem) => formatProblem(problem).replace(`${folder}/understudy.yaml:`, ''));
}
