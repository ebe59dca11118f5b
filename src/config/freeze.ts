/** Values that nobody changes: the type, and the freezing of a value all the way down. */

export type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** Freezes a value with everything in it, maps included. Returns the same value. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  const isMap = value instanceof Map;
  const insides: Iterable<unknown> = isMap ? value.values() : Object.values(value);
  if (isMap) {
    // Object.freeze does not stop a Map from taking new entries.
    for (const method of ['set', 'delete', 'clear']) Object.defineProperty(value, method, { value: refuse });
  }
  Object.freeze(value);
  for (const inside of insides) deepFreeze(inside);
  return value;
}

function refuse(): never {
  throw new TypeError('the configuration cannot be changed');
}
