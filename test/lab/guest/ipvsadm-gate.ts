/** An `ipvsadm` for the daemon's PATH that does as the real one does, until it is told to fail or to stall. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';

export interface IpvsadmGate {
  /** To be put in front of the daemon's PATH. */
  readonly folder: string;
  /** Each command is answered with the kernel's `Memory allocation problem`, and not done. */
  fail(): void;
  /** Commands that remove wait; those before and behind them do too, as one process does them in order. */
  stallRemoves(): void;
  free(): void;
}

const realIpvsadm = '/usr/sbin/ipvsadm';

export function makeIpvsadmGate(folder: string): IpvsadmGate {
  const [bin, failing, stalling] = ['bin', 'failing', 'stalling'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(bin, { recursive: true });
  // A director that is killed must not leave a waiting line that is done later: its parent is looked at.
  const script = `#!/bin/sh
fail() { echo 'Memory allocation problem' >&2; exit 255; }
[ "$1" = -R ] || { [ -e ${failing} ] && fail; exec ${realIpvsadm} "$@"; }
parent=$PPID
while IFS= read -r line; do
  [ -e ${failing} ] && fail
  case "$line" in
    -d*) while [ -e ${stalling} ]; do sleep 0.02; done; kill -0 "$parent" 2>/dev/null || exit 1 ;;
  esac
  printf '%s\\n' "$line"
done | ${realIpvsadm} -R
`;
  writeFileSync(path.join(bin, 'ipvsadm'), script, { mode: 0o755 });
  return {
    folder: bin,
    fail: () => writeFileSync(failing, ''),
    stallRemoves: () => writeFileSync(stalling, ''),
    free: () => {
      for (const file of [failing, stalling]) rmSync(file, { force: true });
    },
  };
}
