/** Callbacks that are called together, such as everybody who waits for a change. */
export interface Wakers {
  wake(): void;
  /** The returned function removes it. */
  add(callback: () => void): () => void;
}

export function createWakers(): Wakers {
  const callbacks = new Set<() => void>();
  return {
    wake() {
      for (const callback of callbacks) callback();
    },
    add(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
  };
}
