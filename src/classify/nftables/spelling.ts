/**
 * Normalizes what nft versions list differently. 0.9.8 to 1.1.7 were examined; any other form of our rules is accepted
 * with a warning.
 */

/** Some versions name a protocol although the next words imply it. */
export function plainRule(rule: string): string {
  return rule
    .replace(/(?<=^| )meta nfproto ipv4 (?=.*\bip [sd]addr )/, '')
    .replace(/(?<=^| )meta nfproto ipv6 (?=.*\bip6 [sd]addr )/, '')
    .replace(/(?<=^| )meta l4proto (tcp|udp) (?=.*\b\1 [sd]port )/, '');
}

/** `type`: up to the priority, a number before 0.9.1. A chain without a policy accepts. */
export function plainHook(type: string, policy: string): string {
  return `${type.replace(/(?<= priority )-150$/, 'mangle')}; policy ${policy};`;
}
