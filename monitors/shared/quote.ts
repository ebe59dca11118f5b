/** Enough to recognize a protocol, short enough for a subject line. */
const quotedChars = 80;

/**
 * The first printable line of received data, in backticks: at most 80 characters, without control characters and
 * characters beyond ASCII, so that it is safe in a log, a mail header and a terminal.
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

/** True if the result of `quote` can no longer change: there is a complete line, or as much as it uses of one. */
export function isQuotable(text: string): boolean {
  return text.length >= quotedChars || /[\r\n]/.test(text);
}

/** A server's own words, for use inside a summary. */
export function plain(text: string, maxChars = 120): string {
  return text
    .replaceAll(/[^ -~]+/g, ' ')
    .trim()
    .slice(0, maxChars);
}
