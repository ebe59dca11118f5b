/** The Message-ID of a notice (RFC 5322 3.6.4), the same in every attempt and for all who refer to it. */
export function messageIdOf(noticeId: string, director: string): string {
  return `<${atomOf(noticeId)}@${atomOf(director)}>`;
}

/** Only what needs no quoting on either side of the @: emails, digits, dashes, single dots inside. */
function atomOf(text: string): string {
  const atom = text
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[.-]+|[.-]+$/g, '');
  return atom === '' ? 'understudy' : atom;
}
