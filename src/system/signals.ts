/** The signals that a daemon is steered by. */

export interface Signals {
  /** The first SIGTERM or SIGINT; the ones after it change nothing, since the end is under way. */
  readonly ended: Promise<string>;
  /** From now on SIGHUP calls back; at once, if one came before. */
  onReload(callback: () => void): void;
}

/** Taken over before anything is started, so that none is met by its default. */
export function takeSignals(from: Pick<NodeJS.Process, 'on'> = process): Signals {
  let reload: (() => void) | null = null;
  let asked = false;
  from.on('SIGHUP', () => {
    if (reload === null) asked = true;
    else reload();
  });
  const ended = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) from.on(signal, () => resolve(signal));
  });
  return {
    ended,
    onReload(callback) {
      reload = callback;
      if (asked) callback();
    },
  };
}
