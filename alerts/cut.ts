/** Summaries come from the network: one line without control characters, and an end. */
export function cut(text: string, most: number): string {
  return cutLines(text.replace(/\s+/g, ' '), most);
}

export function cutLines(text: string, most: number): string {
  const plain = text
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n]+/gu, ' ')
    .trim();
  return plain.length <= most ? plain : `${plain.slice(0, most - 1)}…`;
}
