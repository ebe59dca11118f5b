/** The options of a plugin from outside: are they a schema that this program can read and show? */
import { z } from 'zod';
import { errorText } from '../text.ts';

export type OptionKeys = { readonly keys: readonly string[] } | { readonly fault: string };

/** The names of the options. A schema of another copy of zod is as good, as long as it is of this version. */
export function optionKeys(options: unknown): OptionKeys {
  if (!(options instanceof z.ZodObject)) return { fault: 'expected `options` made with field.object' };
  try {
    z.toJSONSchema(options, { target: 'draft-7', io: 'input', unrepresentable: 'any' });
    return { keys: Object.keys(options.shape) };
  } catch (error) {
    return { fault: `its \`options\` are no schema: ${errorText(error)}` };
  }
}
