import { expect, test } from 'vitest';
import { columns } from '../lab/matrix/columns.ts';
import { faults } from '../lab/matrix/faults.ts';
import type { CellResult } from '../lab/matrix/judge.ts';
import { faultsPage } from '../lab/matrix/page.ts';
import type { FaultResult, SoakResult } from '../lab/results.ts';

const kernel = 'Linux 6.1.0';

function row(name: FaultResult['name'], ...moved: readonly CellResult[]): FaultResult {
  const cells = columns.map(
    ({ name: column }): CellResult =>
      moved.find((cell) => cell.column === column) ?? {
        column,
        verdict: 'ok',
        words: 'fine',
        atMs: null,
        problem: null,
      },
  );
  return { kind: 'fault', name, cells, tookMs: 20_000, kernel };
}

const stale: CellResult = { column: 'hls', verdict: 'fail', words: 'list is stale', atMs: 6123, problem: null };
const gone: CellResult = { ...stale, words: 'list is gone: expected HTTP 200, got `404`', atMs: 1900 };
const calm: SoakResult = { kind: 'soak', tookMs: 600_100, checks: 9000, badVerdicts: 3, falseSteps: [] };
const page = (results: readonly FaultResult[]): string => faultsPage({ date: '2026-01-02', results, calm });

test('tells what moved and when, and sums up what stayed ok', () => {
  const text = page([row('list stale', stale)]);
  expect(text).toContain('## List stale\n\nThe HLS list stays as it is, with a 200.');
  expect(text).toContain('| hls | fail | `list is stale` | 6.1 s |');
  expect(text).toMatch(/^Stayed ok: tcp, udp, ping, .*vip\.$/m);
  expect(text).toContain(`All ${columns.length} cells came as expected.`);
  expect(text).toContain('2026-01-02 (Linux 6.1.0');
});

test('leads from the words to every fault in which they were said', () => {
  const text = page([row('encoder frozen', stale), row('list stale', stale), row('list 404', gone)]);
  expect(text).toContain('| `list is stale` | hls | [encoder frozen](#encoder-frozen), [list stale](#list-stale) |\n');
  expect(text).toContain('| `` list is gone: expected HTTP 200, got `404` `` | hls | [list 404](#list-404) |');
});

test('hides nothing that did not come as expected', () => {
  const missed: CellResult = { ...stale, verdict: 'ok', atMs: null, problem: 'false ok: expected fail' };
  const text = page([row('list stale', missed), row('list 404', { ...gone, problem: 'too late' })]);
  expect(text).toContain('**Not as expected**: hls: false ok: expected fail.');
  expect(text).toContain('`` **not as expected** | 1.9 s |');
  expect(text).toContain(`**2 of ${2 * columns.length} cells did not come as expected.**`);
});

test('says what the bad network did', () => {
  const text = page(faults.map(({ name }) => row(name)));
  expect(text).toContain(
    'for 600 s all monitors went on, 9000 checks, 3 of them without a good verdict, and no status changed',
  );
  const shaken = { ...calm, falseSteps: ['one'] };
  expect(faultsPage({ date: '', results: [], calm: shaken })).toContain('**1 false status changes**');
});
