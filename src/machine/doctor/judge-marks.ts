/** A service by mark gets no packets unless something marks them. */
import type { Finding } from '../host/finding.ts';
import type { Facts } from './facts.ts';
import type { Needs } from './needs.ts';

export function judgeMarks({ rules, root }: Facts, { services, ourMarks, configured }: Needs): readonly Finding[] {
  const marked = services.flatMap(({ name, at }) => (at.kind === 'fwmark' ? [{ name, mark: at.mark }] : []));
  if (marked.length === 0) return [];
  const finding = {
    wanted: 'set by the packet filter',
    why: 'a service by mark never sees a packet that nobody marked',
    sysctl: null,
  };
  if (rules === null) {
    const found = root ? 'the rules cannot be listed' : 'only root may see the rules';
    return [{ ...finding, name: 'marks', state: 'unknown', found, mend: null }];
  }
  // nft lists the chains of iptables-nft in the last form.
  const ours = /\btable inet understudy\b|^:\S*understudy|^\s*chain understudy\b/im.test(rules);
  const isSet = (mark: number) => setsMark(rules, mark) || (ours && ourMarks.has(mark));
  const right = marked.filter(({ mark }) => isSet(mark));
  const coming = marked.filter(({ mark }) => !isSet(mark) && ourMarks.has(mark));
  const never = marked.filter(({ mark }) => !isSet(mark) && !ourMarks.has(mark));
  const findings = never.map(({ name, mark }): Finding => {
    const why = configured ? `${finding.why}: name its ports under \`classify\`` : finding.why;
    return { ...finding, name: `mark ${mark} (${name})`, state: 'bad', found: 'nobody sets it', why, mend: null };
  });
  if (coming.length > 0) {
    const found = `${listed(coming)}: not set yet`;
    findings.push({ ...finding, name: 'marks to come', state: 'warn', found, mend: 'understudy apply' });
  }
  if (right.length > 0)
    findings.push({ ...finding, name: 'marks', state: 'ok', found: `${listed(right)}: set`, mend: null });
  return findings;
}

function listed(marked: readonly { readonly mark: number }[]): string {
  const shown = marked.slice(0, 8).map(({ mark }) => mark);
  return `${shown.join(', ')}${marked.length > 8 ? ` and ${marked.length - 8} more` : ''}`;
}

/** As nft and iptables-save print it: `meta mark set 0x00000001`, `--set-xmark 0x1/0xffffffff`, `--set-mark 1`. */
export function setsMark(rules: string, mark: number): boolean {
  for (const match of rules.matchAll(/\bmark set (0x[0-9a-f]+|\d+)\b|--set-x?mark (0x[0-9a-f]+|\d+)\b/gi))
    if (Number(match[1] ?? match[2]) === mark) return true;
  return false;
}
