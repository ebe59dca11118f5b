import type { Config } from '../config/config.ts';
import type { ReadConfig } from './config-report.ts';
import type { JsonOption } from './options.ts';
import { plain, toned } from './render/look.ts';
import { count } from './render/words.ts';
import { type ExitCode, print, printJson, type Session } from './session.ts';

export async function checkConfig(
  session: Session,
  read: ReadConfig,
  file: string,
  options: JsonOption,
): Promise<ExitCode> {
  const { config, problems, warnings } = await read(file);
  if (options.json) {
    printJson(session, { file, ok: config !== null, problems, warnings });
    return config === null ? 1 : 0;
  }
  // Whole lines, whatever the width: they are copied into editors and searched for.
  session.out.write([...problems, ...warnings.map((text) => `${text} (warning)`)].map((line) => `${line}\n`).join(''));
  if (config === null) print(session, [[toned('bad', `✖ ${count(problems.length, 'problem')}`), plain(` in ${file}`)]]);
  else print(session, [[toned('good', '✔ valid'), plain(`  ${file}: ${summary(config)}`)]]);
  return config === null ? 1 : 0;
}

function summary({ servers, checks, services, alerts, classify }: Config): string {
  const { groups, clients } = classify;
  return [
    count(servers.size, 'server'),
    count(checks.length, 'check'),
    count(services.size, 'virtual service'),
    count(alerts.size, 'alert'),
    ...(groups.length === 0 ? [] : [count(groups.length, 'packet group')]),
    ...(clients.length === 0 ? [] : [count(clients.length, 'client')]),
  ].join(', ');
}
