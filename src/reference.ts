/** The generated pages of docs/, by their file names. */

import { commandGroups } from './cli/commands.ts';
import { commandReference } from './cli/reference.ts';
import { configurationReference } from './config/reference.ts';

/** `schema`: the JSON Schema without plugins. */
export function referencePages(schema: object): ReadonlyMap<string, string> {
  return new Map([
    ['commands.md', commandReference(commandGroups)],
    ['configuration.md', configurationReference(schema)],
  ]);
}
