/** Names that the configuration takes, made of whatever the file offers. */

const longest = 60;

/** Letters, digits, `_`, `.` and `-`, a letter or digit first; '' when nothing of it can stay. */
export function asName(text: string): string {
  const plain = text
    .replaceAll(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, longest)
    .replace(/[-.]+$/, '');
  // A number alone would need quotes wherever it is named.
  return /^\d+(\.\d+)?$/.test(plain) ? `server-${plain}` : plain;
}

/** `10.10.3.20` as it is, `2001:db8::20` as `2001-db8--20`. */
export function nameOfAddress(address: string): string {
  const plain = address.replaceAll(':', '-').replace(/-+$/, '-0');
  return plain.startsWith('-') ? `0${plain}` : plain;
}

export interface NameList {
  /** The name itself, or with a number after it when it is taken. */
  take(base: string): string;
}

export function createNames(): NameList {
  const taken = new Set<string>();
  const next = new Map<string, number>();
  return {
    take(base) {
      let name = base;
      for (let number = next.get(base) ?? 2; taken.has(name); number += 1) {
        name = `${base}-${number}`;
        next.set(base, number);
      }
      taken.add(name);
      return name;
    },
  };
}

/** A comment of one word with a digit, a dot or a dash in it is a name: `# edge1`. */
export function nameInComments(comments: readonly string[]): string | null {
  return comments.find((comment) => /^[A-Za-z][\w.-]{1,40}$/.test(comment) && /[\d.-]/.test(comment)) ?? null;
}
