/** `npm start`: the stand-in servers and the daemon, together on one terminal, until Ctrl-C. */
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
print('The balancer is a table in memory: this demo touches no kernel. Production names `ipvs`.');
print(`Mail is written to ${here(mail)}/*.eml.`);
print(`In a second terminal: node ${here(daemonFile)} status --watch --socket ${socket}`);
print('Ctrl-C ends the demo.');
print('');

// Its own group: Ctrl-C reaches this process, which ends the daemon and the stand-ins in that order.
const daemon = spawn(process.execPath, [daemonFile, 'run', '--config', config], { stdio: 'inherit', detached: true });
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // The terminal and npm may both send it: once is enough.
    if (!stopping) daemon.kill('SIGTERM');
    stopping = true;
  });
}
const [code] = (await once(daemon, 'exit')) as [number | null];
await standIns.close();
const emails = mailsIn(mail);
rmSync(resolve(state, 'understudy.db'), { force: true });
if (emails === 0) rmSync(state, { recursive: true, force: true });
print(
  `\nThe demo is over: stand-ins and daemon are stopped${emails === 0 ? '' : `; ${emails} ${emails === 1 ? 'mail stays' : 'mails stay'} in ${here(mail)}`}.`,
);
process.exit(code ?? 1);

function mailsIn(folder: string): number {
  try {
    return readdirSync(folder).length;
  } catch {
    return 0;
  }
}
