import { defineMonitor, field } from '../src/plugin/plugin.ts';
import { visit } from './mms/visit.ts';
import { converse } from './shared/dialog.ts';
import { longTalk } from './shared/long-talk.ts';

export const mms = defineMonitor({
  type: 'mms',
  about: 'Asks a Windows Media server over TCP, as a player begins',
  options: field
    .object({
      port: field.port().default(1755),
      level: field.oneOf(['connect', 'file']).default('connect').describe('`file`: also open what `path` names'),
      path: field
        .text()
        .regex(/^\/[!-~]+$/, 'expected a path such as /live/one, without blanks')
        .optional()
        .describe('Of the file or publishing point, as in its URL'),
    })
    .refine(({ level, path }) => level !== 'file' || path !== undefined, {
      path: ['path'],
      message: 'expected the path of a file for the level file, got none',
    }),
  timing: ({ level }) => (level === 'file' ? longTalk : {}),
  timingNote: 'with `level: file` every 2s, for at most 2s',
  network: true,
  tripwirePort: ({ port }) => port,
  prepare({ port, level, path = '' }) {
    const file = level === 'file' ? decoded(path.slice(1)) : null;
    return (target, context) => converse(target, port, visit({ address: target.address, file }), context);
  },
});

/** URLs are percent-encoded, messages are not. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
