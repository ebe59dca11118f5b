/**
 * One spelling for what versions of nft list in several. 0.9.8 to 1.1.7 were looked at; whatever else one of them makes
 * of our rules is taken as it is, with a warning.
 */

/** Some name a protocol although the next words imply it. */
export function plainRule(rule: string): string {
  return rule
    .replace(/(?<=^| )meta nfproto ipv4 (?=.*\bip [sd]addr )/, '')
    .replace(/(?<=^| )meta nfproto ipv6 (?=.*\bip6 [sd]addr )/, '')
    .replace(/(?<=^| )meta l4proto (tcp|udp) (?=.*\b\1 [sd]port )/, '');
}

/** `type`: up to the priority, which before 0.9.1 was a number. A chain without a policy accepts. */
export function plainHook(type: string, policy: string): string {
  return `${type.replace(/(?<= priority )-150$/, 'mangle')}; policy ${policy};`;
}
