/** Enough to recognise a protocol by, short enough for a subject line. */
const quotedChars = 80;

/**
 * The first printable line of what a stranger sent, in backticks: at most 80 characters, control characters and
 * everything beyond ASCII left out, so that it is safe in a log, a mail header and a terminal.
 */
export function quote(bytes: Uint8Array | string): string {
  const start =
    typeof bytes === 'string' ? bytes.slice(0, 1024) : Buffer.from(bytes.subarray(0, 1024)).toString('latin1');
  for (const line of start.split(/[\r\n]/)) {
    const printable = line
      .replaceAll(/[^ -~]/g, '')
      .replaceAll('`', "'")
      .trim();
    if (printable !== '') return `\`${printable.slice(0, quotedChars)}\``;
  }
  return start === '' ? 'nothing' : 'binary data';
}

/** What `quote` would show can no longer change: one whole line, or as much as it takes of one. */
export function isQuotable(text: string): boolean {
  return text.length >= quotedChars || /[\r\n]/.test(text);
}

/** A server's own words inside a summary of ours. */
export function plain(text: string, maxChars = 120): string {
  return text
    .replaceAll(/[^ -~]+/g, ' ')
    .trim()
    .slice(0, maxChars);
}
