/** Windows Media by TCP and by HTTP, from captured answers: there is no free server of it. */
import * as path from 'node:path';
import type { Command } from '../../services.ts';

export const WINDOWS_MEDIA_PORTS = { mms: 1755, mmsh: 80 } as const;

/**
 * live: lets in, opens every file, sends its header. not-found: lets in and has no file of that name. refused: access is
 * denied at once. full: no more viewers, which only HTTP has a word for; over TCP as `live`.
 */
export type WindowsMediaMode = 'live' | 'not-found' | 'refused' | 'full';

export function windowsMedia(
  mode: WindowsMediaMode = 'live',
  { mms, mmsh }: Readonly<Record<'mms' | 'mmsh', number>> = WINDOWS_MEDIA_PORTS,
): Command {
  const program = path.join(import.meta.dirname, 'windows-media-program.js');
  return { file: process.execPath, args: [program, mode, String(mms), String(mmsh)] };
}
