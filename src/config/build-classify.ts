/** Classification as the program uses it. */
import type { PacketGroup, PortRange } from '../core/marks.ts';
import type { GroupDraft } from './classify-draft.ts';
import type { ClassifyConfig } from './config.ts';

export function buildClassify(drafts: readonly GroupDraft[], backend: ClassifyConfig['backend']): ClassifyConfig {
  const groups = drafts.map(({ whole, clients, path }): PacketGroup => {
    if (whole === null) throw new Error(`${path.join('.')} is wrong, and no problem was reported`);
    return {
      interface: whole.interface ?? null,
      vips: whole.vip,
      tcp: joinedRanges(whole.ports.tcp),
      udp: joinedRanges(whole.ports.udp),
      byClient: clients !== null,
      mark: whole.mark ?? whole.default ?? null,
    };
  });
  const clients = drafts.flatMap((draft) => draft.clients ?? []);
  return { backend, groups, clients: clients.map(({ network, mark, where }) => ({ network, mark, where })) };
}

/** In order, and none overlaps or touches the next: `[1935, 1935-1936, 1937]` is one range. */
export function joinedRanges(ranges: readonly PortRange[] | undefined): readonly PortRange[] {
  const joined: PortRange[] = [];
  for (const range of [...(ranges ?? [])].sort((a, b) => a.first - b.first)) {
    const before = joined.at(-1);
    if (before === undefined || range.first > before.last + 1) joined.push(range);
    else joined[joined.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
  }
  return joined;
}
