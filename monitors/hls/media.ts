/** MPEG-TS packets have this size and first byte (ISO/IEC 13818-1, section 2.4.3.2). */
const tsPacketBytes = 188;
const tsSync = 0x47;

/** How much of a segment is requested: three packet starts distinguish a stream from text that starts with `G`. */
export const glanceBytes = 2 * tsPacketBytes + 1;

/** Boxes that may come first in a segment or its initialization (ISO/IEC 14496-12; `emsg` and `prft` come from DASH). */
const boxes = ['ftyp', 'styp', 'moof', 'moov', 'sidx', 'emsg', 'prft', 'mdat', 'free', 'skip'];

/** The type of a segment, by its first bytes; null: unknown to players. */
export function mediaKind(bytes: Buffer): string | null {
  if (isTransportStream(bytes)) return 'MPEG-TS';
  if (bytes.length >= 8 && boxes.includes(bytes.toString('latin1', 4, 8))) return 'fMP4';
  // Packed audio starts with a timestamp in an ID3 tag (RFC 8216, section 3.4), or directly with a frame.
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

/** For an encrypted segment we only know that it is no HTML page or error message. */
export function looksEncrypted(bytes: Buffer): boolean {
  return bytes.length >= 16 && /[^\t\r\n -~]/.test(bytes.toString('latin1', 0, 64));
}
