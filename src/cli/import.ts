/** `understudy import` is a project of its own, `tools/import`: nothing here depends on it but this path. */
import type { CommandSpec } from './command.ts';

// `.ts` in the sources, `.js` in the built program.
const suffix = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
const file = new URL(`../../tools/import/command${suffix}`, import.meta.url);

// The file exports this, and the tests of the command line call it.
export const { importCommand } = (await import(file.href)) as { readonly importCommand: CommandSpec };
