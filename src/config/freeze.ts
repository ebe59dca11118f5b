/** Makes a value unchangeable all the way down, maps included. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  const isMap = value instanceof Map;
  const insides: Iterable<unknown> = isMap ? value.values() : Object.values(value);
  if (isMap) {
    // A frozen Map still takes new entries: what it holds is no property.
    for (const method of ['set', 'delete', 'clear']) Object.defineProperty(value, method, { value: refuse });
  }
  Object.freeze(value);
  for (const inside of insides) deepFreeze(inside);
  return value;
}

function refuse(): never {
  throw new TypeError('the configuration cannot be changed');
}
