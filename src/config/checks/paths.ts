/** Checks by a virtual address: whether each can have a way through its server. */
import { portsPerPath } from '../../core/marks.ts';
import { familyOf, parseAddress } from '../addresses.ts';
import { pathOptions } from '../build-paths.ts';
import type { Draft } from '../draft.ts';
import type { Report } from '../problems.ts';

export function checkPaths(draft: Draft, report: Report): void {
  const pairs = new Set<string>();
  for (const [name, monitor] of draft.monitors.entries) {
    if (monitor.fields.type !== 'vip' || monitor.options === undefined) continue;
    const options = pathOptions(monitor.options);
    if (options === null) continue;
    const place = [...monitor.path, 'address'];
    const vip = parseAddress(options.address);
    if (!('ok' in vip)) {
      report(place, `expected ${vip.expected}, got \`${options.address}\``);
      continue;
    }
    for (const server of watchedBy(name, draft)) {
      const address = draft.servers.entries.get(server)?.fields.address;
      if (address === undefined) continue;
      pairs.add(JSON.stringify([server, name]));
      const shown = `got \`${vip.ok}\``;
      if (familyOf(address) !== familyOf(vip.ok)) {
        const family = familyOf(address) === 4 ? 'an IPv4' : 'an IPv6';
        report(place, `expected ${family} address as server \`${server}\` has (${address}), ${shown}`);
      } else if (address === vip.ok) {
        report(place, `expected a virtual address, not that of server \`${server}\` itself, ${shown}`);
      }
    }
  }
  const first = draft.director.fields.probe_ports;
  if (first === undefined || first + pairs.size * portsPerPath <= 65_536) return;
  const needed = `${pairs.size} checks of type \`vip\` need ${pairs.size * portsPerPath} ports`;
  const room = Math.max(0, 65_536 - pairs.size * portsPerPath);
  const expected = room < 1024 ? 'fewer of them' : `at most ${room}`;
  report(['director', 'probe_ports'], `${needed} from the first one on, expected ${expected}, got \`${first}\``);
}

function watchedBy(monitor: string, { watches }: Draft): ReadonlySet<string> {
  const users = [...watches.entries.values()].filter(({ fields }) => fields.monitors?.includes(monitor));
  return new Set(users.flatMap(({ fields }) => fields.servers ?? []));
}
