import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** See ipvsadm.mjs. */
export interface FakeControl {
  readonly init?: 'permission' | 'module';
  readonly refuse?: { readonly text: string; readonly times: number };
  readonly ignore?: number;
  readonly die?: number;
  readonly hang?: boolean;
  readonly hz?: number;
}

export interface FakeIpvs {
  readonly folder: string;
  /** The fake ipvsadm, for the `program` option; `folder` in PATH has it as `ipvsadm`. */
  readonly program: string;
  /** What stands for /proc/net/ip_vs. */
  readonly procFile: string;
  /** Replaces what was ordered before. */
  control(control: FakeControl): void;
  /** Another hand: runs the fake with these arguments, or with `-R` and a text. */
  ipvsadm(
    args: string,
    input?: string,
  ): { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string };
  proc(): string;
  /** Starts (`start -R`) and commands so far, oldest first. */
  log(): readonly string[];
  /** As if ipvsadm were not installed, or the kernel had no module. */
  uninstall(what: 'ipvsadm' | 'module'): void;
  remove(): void;
}

const script = fileURLToPath(new URL('./ipvsadm.mjs', import.meta.url));
const emptyTable = [
  'IP Virtual Server version 1.2.1 (size=4096)',
  'Prot LocalAddress:Port Scheduler Flags',
  '  -> RemoteAddress:Port Forward Weight ActiveConn InActConn',
  '',
].join('\n');

/** A fake kernel with an empty table, in a folder of its own. */
export function fakeIpvs(): FakeIpvs {
  const folder = mkdtempSync(path.join(tmpdir(), 'understudy-ipvs-'));
  const program = path.join(folder, 'ipvsadm');
  const procFile = path.join(folder, 'ip_vs');
  const log = path.join(folder, 'log');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${script}' '${folder}' "$@"\n`);
  chmodSync(program, 0o755);
  writeFileSync(procFile, emptyTable);
  writeFileSync(log, '');
  return {
    folder,
    program,
    procFile,
    control(control) {
      const draft = path.join(folder, 'control.draft');
      writeFileSync(draft, JSON.stringify(control));
      renameSync(draft, path.join(folder, 'control.json'));
    },
    ipvsadm(args, input = '') {
      const argv = [script, folder, ...args.split(' ')];
      const { status, stdout, stderr } = spawnSync(process.execPath, argv, {
        input,
        encoding: 'utf8',
        timeout: 20_000,
      });
      return { exitCode: status, stdout, stderr };
    },
    proc: () => readFileSync(procFile, 'utf8'),
    log: () => readFileSync(log, 'utf8').split('\n').slice(0, -1),
    uninstall: (what) => rmSync(what === 'ipvsadm' ? program : procFile),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
