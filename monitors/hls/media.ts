/** Packets of MPEG-TS have this size and first byte (ISO/IEC 13818-1, section 2.4.3.2). */
const tsPacketBytes = 188;
const tsSync = 0x47;

/** So much of a segment is asked for: three packets' beginnings tell a stream from a text that begins with a G. */
export const glanceBytes = 2 * tsPacketBytes + 1;

/** Boxes that a segment or its beginning may open with (ISO/IEC 14496-12; `emsg` and `prft` come from DASH). */
const boxes = ['ftyp', 'styp', 'moof', 'moov', 'sidx', 'emsg', 'prft', 'mdat', 'free', 'skip'];

/** What a segment is, by its first bytes; null: nothing that a player knows. */
export function mediaKind(bytes: Buffer): string | null {
  if (isTransportStream(bytes)) return 'MPEG-TS';
  if (bytes.length >= 8 && boxes.includes(bytes.toString('latin1', 4, 8))) return 'fMP4';
  // Packed audio begins with a time stamp in an ID3 tag (RFC 8216, section 3.4), or at once with a frame.
  if (bytes.toString('latin1', 0, 3) === 'ID3') return 'audio';
  if (bytes.length >= 7 && bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe0) === 0xe0) return 'audio';
  if (bytes[0] === 0x0b && bytes[1] === 0x77) return 'audio';
  return /^(\uFEFF)?WEBVTT/.test(bytes.toString('utf8', 0, 16)) ? 'subtitles' : null;
}

function isTransportStream(bytes: Buffer): boolean {
  if (bytes.length < tsPacketBytes) return false;
  for (let at = 0; at < Math.min(bytes.length, glanceBytes); at += tsPacketBytes)
    if (bytes[at] !== tsSync) return false;
  return true;
}

/** An encrypted one is only known not to be a page or a message. */
export function looksEncrypted(bytes: Buffer): boolean {
  return bytes.length >= 16 && /[^\t\r\n -~]/.test(bytes.toString('latin1', 0, 64));
}
