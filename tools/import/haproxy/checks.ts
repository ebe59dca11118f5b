/** The `check` of a server as monitors. */
import { commandCheck, greetingCheck, talkCheck, tcpCheck } from '../cluster/checks.ts';
import type { CheckDraft } from '../cluster/cluster.ts';
import { timesOf, timesOfProgram } from '../cluster/numbers.ts';
import { type Remarks, shown } from '../cluster/remarks.ts';
import { scriptCheck } from '../cluster/script-check.ts';
import { type Checked, portOr, proxyLines, reportNoTls, type Surroundings } from './checked.ts';
import { httpChecks } from './http-check.ts';
import type { Rules } from './rules.ts';
import { tcpChecks } from './tcp-check.ts';

export function checksOf(rules: Rules, server: Checked, remarks: Remarks): readonly CheckDraft[] {
  const { line, times, port } = server;
  const place = (rules.line ?? line).place;
  const entry = timesOf(times, (text) => remarks.changed(server.timesLine.place, text));
  const surroundings: Surroundings = { rules, server, entry, remarks };
  if (rules.kind === 'external-check') return external(surroundings);
  if (rules.kind === 'httpchk') return httpChecks(surroundings);
  if (rules.kind === 'tcp-check') return tcpChecks(surroundings);
  const open = portOr(port, surroundings);
  if (open === null) return [];
  const before = server.before === null ? '' : proxyLines[server.before];
  switch (rules.kind) {
    case 'smtpchk':
      remarks.changed(place, 'smtpchk only waits for the greeting of the mail server here');
      return [greetingCheck('smtp', open, entry, before) ?? tcpCheck(open, entry)];
    case 'redis-check':
      return [talkCheck(open, { name: 'redis', send: `${before}*1\r\n$4\r\nPING\r\n`, expect: '/^\\+PONG/' }, entry)];
    case null:
      if (server.tls) reportNoTls('a check over TLS', open, line, remarks);
      return [tcpCheck(open, entry)];
    default:
      remarks.changed(place, `there is no monitor like ${rules.kind} yet: a TCP connect to port ${open} instead`);
      return [tcpCheck(open, entry)];
  }
}

/** HAProxy calls it with the address and port of the proxy, and those of the server (manual, external-check command). */
function external({ rules, server, remarks }: Surroundings): readonly CheckDraft[] {
  const command = rules.steps.findLast(({ words }) => words[1] === 'command');
  for (const { words, place } of rules.steps) {
    if (words[1] === 'path') remarks.changed(place, 'the program is searched in the PATH of the daemon');
    else if (words[1] !== 'command') remarks.skipped(place, `${shown(words.join(' '))} is not understood`);
  }
  const program = command?.words[2];
  if (command === undefined || program === undefined) {
    remarks.skipped((rules.line ?? server.line).place, 'expected `external-check command PROGRAM`, got none');
    return [];
  }
  const changed = (text: string) => remarks.changed(command.place, text);
  const times = { native: () => timesOf(server.times, changed), program: () => timesOfProgram(server.times, changed) };
  const quoted = /^[\w./+-]+$/.test(program) ? program : `'${program.replaceAll("'", "'\\''")}'`;
  const line = `${quoted} ${server.address} ${server.port ?? ''}`.trim();
  const known = scriptCheck(line, server.address, times, changed);
  if (known === null || known.entry['type'] !== 'command') return known === null ? [] : [known];
  changed('the program gets its four arguments, NOT_USED for the proxy, and none of the HAPROXY_ variables');
  const words = [program, 'NOT_USED', 'NOT_USED', '{address}', String(server.port ?? 'NOT_USED')];
  return [commandCheck(known.name, words, times.program())];
}
