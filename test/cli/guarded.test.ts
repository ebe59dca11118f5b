/** What changes the kernel is never ended by a reader of its output that goes away. */
import { expect, test } from 'vitest';
import { apply } from '../../src/cli/apply.ts';
import { clear } from '../../src/cli/clear.ts';
import type { Session } from '../../src/cli/session.ts';
import { configOf, marksOf, paperKernel, service, tableOf } from '../apply/world.ts';
import { testSession } from './terminal.ts';

const config = configOf([service('playout', 1, ['edge1'])], marksOf(1));

test.each([
  ['apply', apply],
  ['clear', clear],
])('%s --yes does not print a word before it is told of interruptions instead of ended by them', async (_, command) => {
  const guarded: boolean[] = [];
  let isGuarded = false;
  const session: Session = {
    ...testSession(),
    out: { write: () => guarded.push(isGuarded) },
    interruption: () => {
      isGuarded = true;
      return new AbortController().signal;
    },
  };
  const kernel = paperKernel(tableOf({ 1: { edge2: 1 } }));
  const parts = {
    readConfig: async () => ({ config, problems: [], warnings: [] }),
    openKernel: async () => kernel,
  };
  expect(await command(session, parts, 'understudy.yaml', { yes: true })).toBe(0);
  expect(guarded.length).toBeGreaterThan(0);
  expect(guarded).not.toContain(false);
});
