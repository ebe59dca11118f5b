import { describe, expect, it } from 'vitest';
import { type Gathering, gather, type Share } from '../../../monitors/shared/gathering.ts';
import { Deadline, type Target } from '../../../src/plugin/plugin.ts';
import { contextOf, recordTrace } from '../context.ts';

type Answer = (targets: readonly Target[], signal: AbortSignal) => Promise<ReadonlyMap<string, string>>;

const well: Answer = async (targets) => new Map(targets.map(({ address }) => [address, `${address} is well`]));

/** Runs as they are begun, with a window that closes by hand. */
function room(answer: () => Answer = () => well, more: Partial<Gathering<string>> = {}) {
  const runs: string[][] = [];
  const signals: AbortSignal[] = [];
  const windows: (() => void)[] = [];
  const join = gather<string>({
    windowMs: 20,
    maxTargets: 10,
    isUnclear: (result) => result === 'unclear',
    after(_delayMs, callback) {
      windows.push(callback);
      return () => void windows.splice(windows.indexOf(callback), 1);
    },
    run(targets, { signal, trace }) {
      runs.push(targets.map(({ address }) => address));
      signals.push(signal);
      trace.sent(`asked ${targets.length}`);
      return answer()(targets, signal);
    },
    ...more,
  });
  const enter = (address: string) => {
    const abort = new AbortController();
    const share = join({ server: `server-${address}`, address }, contextOf(abort.signal));
    share.catch(() => undefined);
    return { share, abort };
  };
  const close = () => {
    for (const callback of [...windows]) callback();
  };
  return { join, enter, close, runs, signals, windows };
}

const never: Answer = () => new Promise(() => {});
const late = (abort: AbortController) => abort.abort(new Deadline(1000));
const result = async (share: Promise<Share<string>>) => {
  const settled = await share;
  return settled.how === 'judged' ? settled.result : 'late';
};

describe('checks that begin at the same time', () => {
  it('share one run, and each gets its own verdict', async () => {
    const { enter, close, runs } = room();
    const shares = ['a', 'b', 'c'].map((address) => enter(address).share);
    expect(runs).toEqual([]);
    close();
    expect(await Promise.all(shares.map(result))).toEqual(['a is well', 'b is well', 'c is well']);
    expect(runs).toEqual([['a', 'b', 'c']]);
  });

  it('of the same address are one to the program', async () => {
    const { enter, close, runs } = room();
    const shares = [enter('a').share, enter('a').share];
    close();
    expect(await Promise.all(shares.map(result))).toEqual(['a is well', 'a is well']);
    expect(runs).toEqual([['a']]);
  });

  it('do not wait when there are as many as one run takes', async () => {
    const { enter, runs, windows } = room(() => well, { maxTargets: 2 });
    await Promise.all(['a', 'b', 'c', 'd'].map((address) => enter(address).share));
    expect(runs).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(windows).toEqual([]);
  });

  it('that come later are in the next run', async () => {
    const { enter, close, runs } = room();
    const first = enter('a').share;
    close();
    const second = enter('b').share;
    close();
    await Promise.all([first, second]);
    expect(runs).toEqual([['a'], ['b']]);
  });

  it('all see the conversation', async () => {
    const { join, close } = room();
    const { trace, recorded } = recordTrace();
    const share = join({ server: 'a', address: 'a' }, contextOf(new AbortController().signal, trace));
    close();
    await share;
    expect(recorded.sent).toBe('asked 1');
  });
});

describe('a check that gives up', () => {
  it('leaves the run to the others', async () => {
    const { enter, close, signals } = room(() => never);
    const [a, b] = [enter('a'), enter('b')];
    close();
    const reason = new Error('shutdown');
    a.abort.abort(reason);
    await expect(a.share).rejects.toBe(reason);
    expect(signals[0]?.aborted).toBe(false);
    late(b.abort);
    expect(await b.share).toEqual({ how: 'late', afterMs: 1000, beside: 1 });
    expect(signals[0]?.aborted).toBe(true);
  });

  it('before the run began leaves nothing behind', async () => {
    const { enter, windows, runs } = room();
    const only = enter('a');
    only.abort.abort(new Error('shutdown'));
    await expect(only.share).rejects.toThrow('shutdown');
    expect([windows, runs]).toEqual([[], []]);
  });

  it('before it began is not asked for', async () => {
    const { join, windows } = room();
    const reason = new Error('shutdown');
    await expect(join({ server: 'a', address: 'a' }, contextOf(AbortSignal.abort(reason)))).rejects.toBe(reason);
    expect(windows).toEqual([]);
  });
});

describe('a run that is late', () => {
  it('blames nobody, and each is asked alone the next time', async () => {
    let answer: Answer = never;
    const { enter, close, runs } = room(() => answer);
    const first = ['a', 'b'].map(enter);
    close();
    for (const { abort } of first) late(abort);
    expect(await Promise.all(first.map(({ share }) => share))).toEqual([
      { how: 'late', afterMs: 1000, beside: 1 },
      { how: 'late', afterMs: 1000, beside: 1 },
    ]);

    answer = (targets, signal) => (targets[0]?.address === 'a' ? never(targets, signal) : well(targets, signal));
    const second = ['a', 'b', 'c'].map(enter);
    close();
    late(second[0]?.abort ?? new AbortController());
    expect(await second[0]?.share).toEqual({ how: 'late', afterMs: 1000, beside: 0 });
    await Promise.all(second.slice(1).map(({ share }) => share));

    const third = ['a', 'b', 'c'].map(enter);
    close();
    await Promise.all(third.slice(1).map(({ share }) => share));
    expect(runs).toEqual([['a', 'b'], ['a'], ['b'], ['c'], ['a'], ['b', 'c']]);
  });

  it('for one host alone does not put it aside', async () => {
    const { enter, close, runs } = room(() => never);
    const first = enter('a');
    close();
    late(first.abort);
    expect(await first.share).toMatchObject({ how: 'late', beside: 0 });
    void [enter('a'), enter('b')];
    close();
    expect(runs).toEqual([['a'], ['a', 'b']]);
  });
});

describe('a run that does not say for whom', () => {
  it('is followed by one for each, until their answers are clear', async () => {
    let answer: Answer = async (targets) => new Map(targets.map(({ address }) => [address, 'unclear']));
    const { enter, close, runs } = room(() => answer);
    const ask = async () => {
      const shares = ['a', 'b'].map((address) => enter(address).share);
      close();
      await Promise.all(shares);
    };
    await ask();
    answer = well;
    await ask();
    await ask();
    expect(runs).toEqual([['a', 'b'], ['a'], ['b'], ['a', 'b']]);
  });
});

describe('a run that breaks', () => {
  it('rejects all that wait for it', async () => {
    const { enter, close } = room(() => () => Promise.reject(new Error('broken')));
    const shares = ['a', 'b'].map((address) => enter(address).share);
    close();
    for (const share of shares) await expect(share).rejects.toThrow('broken');
  });

  it('or leaves one out rejects that one', async () => {
    const { enter, close } = room(() => async () => new Map([['a', 'fine']]));
    const [a, b] = [enter('a').share, enter('b').share];
    close();
    expect(await result(a)).toBe('fine');
    await expect(b).rejects.toThrow('no verdict for this address');
  });
});
