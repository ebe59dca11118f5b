/** `npm start` runs the stand-in servers and the daemon on one terminal until Ctrl-C. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorText } from '../src/text.ts';
import { startStandIns } from './stand-ins.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const config = resolve(root, 'etc/demo.yaml');
const state = resolve(root, 'demo/state');
const mail = resolve(state, 'mail');
const daemonFile = resolve(root, 'dist/src/main.js');
const here = (file: string): string => relative(process.cwd(), file) || '.';
const print = (line: string): void => console.log(line);

rmSync(state, { recursive: true, force: true });
const standIns = await startStandIns({ print }).catch((error: unknown) => {
  console.error(`demo: ${errorText(error)}`);
  process.exit(1);
});
const socket = here(resolve(state, 'control.sock'));
print('');
print('The balancer is a table in memory, so this demo changes no kernel. In production it is `ipvs`.');
print(`Emails are written to ${here(mail)}/*.eml.`);
print(`In a second terminal: node ${here(daemonFile)} status --watch --socket ${socket}`);
print('Ctrl-C ends the demo.');
print('');

// The daemon has a process group of its own: Ctrl-C reaches this process, which ends the daemon, then the stand-ins.
const daemon = spawn(process.execPath, [daemonFile, 'run', '--config', config], { stdio: 'inherit', detached: true });
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // The terminal and npm may both send the signal.
    if (!stopping) daemon.kill('SIGTERM');
    stopping = true;
  });
}
const [code] = (await once(daemon, 'exit')) as [number | null];
await standIns.close();
const emails = emailsIn(mail);
rmSync(resolve(state, 'understudy.db'), { force: true });
if (emails === 0) rmSync(state, { recursive: true, force: true });
const left = emails === 0 ? '' : ` Emails in ${here(mail)}: ${emails}.`;
print(`\nThe demo has ended; the daemon and the stand-ins are stopped.${left}`);
process.exit(code ?? 1);

function emailsIn(folder: string): number {
  try {
    return readdirSync(folder).length;
  } catch {
    return 0;
  }
}
