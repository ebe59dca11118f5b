const single: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', '0': '\0', '\\': '\\' };

/** Replaces `\r \n \t \0 \\ \xHH` by their bytes (as latin1 text); other backslashes are kept. */
export function unescapeText(text: string): string {
  return text.replaceAll(/\\(?:([rnt0\\])|x([0-9a-fA-F]{2}))/g, (whole, letter?: string, hex?: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return single[letter ?? ''] ?? whole;
  });
}
