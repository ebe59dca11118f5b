import type { Target } from '../../src/plugin/plugin.ts';

/** What a program may see of our environment, which also holds secrets. */
const passedOn = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];

export type Environment = Readonly<Record<string, string>>;

/** `own` comes from the configuration and takes precedence. */
export function environmentOf(ours: NodeJS.ProcessEnv, facts: Environment, own: Environment): Environment {
  const known = passedOn.flatMap((name) => (ours[name] === undefined ? [] : [[name, ours[name]] as const]));
  return { ...Object.fromEntries(known), ...facts, ...own };
}

export function targetFacts({ address, server }: Target): Environment {
  return { UNDERSTUDY_ADDRESS: address, UNDERSTUDY_SERVER: server };
}

/** How much of a run's output the next run gets; execve(2) refuses a variable over 128 kB. */
const keptChars = 4096;

/** What mon passes to a monitor about its previous run; empty for the first run. */
export function lastRunFacts(lastOutput: string | undefined): Environment {
  if (lastOutput === undefined) return {};
  const output = lastOutput.slice(0, keptChars).replaceAll('\0', '');
  return { MON_LAST_SUMMARY: output.split('\n')[0] ?? '', MON_LAST_OUTPUT: output };
}

export function fillIn(word: string, target: Target): string {
  return word.replaceAll('{address}', target.address).replaceAll('{server}', target.server);
}

export function hasPlaces(words: readonly string[]): boolean {
  return words.some((word) => word.includes('{address}') || word.includes('{server}'));
}
