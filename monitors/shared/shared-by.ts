/**
 * One thing for each key, made by the first who asks and kept for as long as anybody holds it: checks are prepared one
 * by one, also at a reload, and those of one monitor are to meet.
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
