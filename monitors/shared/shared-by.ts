/**
 * One object per key, created on first use and kept as long as something references it: checks are prepared one by one,
 * also at a reload, and those of one monitor must share it.
 */
export function sharedBy<T extends object>(): (key: string, make: () => T) => T {
  const known = new Map<string, WeakRef<T>>();
  return (key, make) => {
    for (const [old, reference] of known) if (reference.deref() === undefined) known.delete(old);
    const found = known.get(key)?.deref();
    if (found !== undefined) return found;
    const made = make();
    known.set(key, new WeakRef(made));
    return made;
  };
}
