/** The same as a script, for a host that must work without us; it is safe to run twice. */
import type { Script } from '../packet-filter.ts';
import { atOnce } from '../slices.ts';
import { type Chains, hooks, noChains, restoreText } from './chains.ts';
import type { Programs } from './programs.ts';
import { fillText, spareName } from './sets.ts';
import type { State } from './state.ts';

export function iptablesScript({ chains, sets }: State, programs: Programs): Script {
  const files: { name: string; content: string }[] = [];
  const commands: string[] = [];
  if (sets.size > 0) {
    const fills = [...sets].map(([name, clients]) => {
      const empty = atOnce(fillText(name, new Map(), false));
      const full = atOnce(fillText(name, clients, true));
      return `${empty}${full}destroy ${spareName(name)}\n`;
    });
    files.push({ name: 'understudy.ipset', content: fills.join('') });
    commands.push(`${programs.ipset} -exist restore -file understudy.ipset`);
  }
  for (const family of [4, 6] as const) {
    const { plain, restore } = programs[family];
    const wanted: Chains = { ...chains[family], jumps: new Map() };
    const content = restoreText(noChains, wanted);
    if (content === null) continue;
    const name = family === 4 ? 'understudy.iptables' : 'understudy.ip6tables';
    files.push({ name, content });
    commands.push(`${restore} --noflush ${name}`);
    for (const [chain, hook] of hooks) {
      if (!chains[family].jumps.has(chain)) continue;
      const rule = `${hook} -j ${chain}`;
      commands.push(`${plain} -t mangle -C ${rule} || ${plain} -t mangle -A ${rule}`);
    }
  }
  return commands.length === 0 ? { files, commands: removal(programs) } : { files, commands };
}

function removal(programs: Programs): readonly string[] {
  const chains = ([4, 6] as const).flatMap((family) => {
    const table = `${programs[family].plain} -t mangle`;
    const jumps = [...hooks].flatMap(([name, hook]) => (hook === null ? [] : [`${table} -D ${hook} -j ${name}`]));
    return [...jumps, ...[...hooks.keys()].flatMap((name) => [`${table} -F ${name}`, `${table} -X ${name}`])];
  });
  return programs.ipset === null
    ? chains
    : [...chains, ...[4, 6].map((family) => `${programs.ipset} destroy understudy${family}`)];
}
