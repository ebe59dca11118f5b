/** The unix sockets of this network namespace (unix(7), proc_net(5)). */

/** Set where somebody listens: `__SO_ACCEPTCON`. */
const listening = 0x0001_0000;

/** Names of those that somebody listens on, as they were bound; a socket that was moved since has its first name. */
export function listeningSockets(procNetUnix: string): readonly string[] {
  const names = procNetUnix.split('\n').flatMap((line) => {
    const [, flags, name] = /^[\da-f]+: [\da-f]+ [\da-f]+ ([\da-f]+) [\da-f]+ [\da-f]+ +\d+ (\/.+)$/i.exec(line) ?? [];
    return name !== undefined && (Number.parseInt(flags ?? '', 16) & listening) !== 0 ? [name] : [];
  });
  return [...new Set(names)];
}
