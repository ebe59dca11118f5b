/** What a reload changes. */
import type { Config } from './config.ts';

/** As names of its parts: `server edge1 changed`, `check edge1/rtsp added`. */
export function differences(old: Config, next: Config): readonly string[] {
  const keyed = (config: Config): Map<string, string> => {
    const parts: [string, unknown][] = [
      ['director', config.director],
      ['mail', config.mail],
      ['classify', config.classify],
      ...[...config.servers].map(([name, value]): [string, unknown] => [`server ${name}`, value]),
      ...[...config.services].map(([name, value]): [string, unknown] => [`virtual service ${name}`, value]),
      ...[...config.alerts].map(([name, value]): [string, unknown] => [`alert ${name}`, value]),
      ...config.checks.map((value): [string, unknown] => [`check ${value.server}/${value.monitor.name}`, value]),
    ];
    return new Map(parts.map(([name, value]) => [name, JSON.stringify(value)]));
  };
  const [before, after] = [keyed(old), keyed(next)];
  const names = [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  );
  return names.map((name) => `${name} ${!before.has(name) ? 'added' : !after.has(name) ? 'removed' : 'changed'}`);
}
