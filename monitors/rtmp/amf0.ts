/** Parses AMF0, the value format of RTMP commands (Adobe, "Action Message Format -- AMF 0", 2007). */
export type AmfValue = number | boolean | string | null | readonly AmfValue[] | AmfObject;
/** A Map, because names come from the network and may be `__proto__`. */
export type AmfObject = ReadonlyMap<string, AmfValue>;

/** Far above what servers send, far below what hurts. */
const maxDepth = 16;
const maxValues = 4096;

const marker = {
  number: 0,
  boolean: 1,
  string: 2,
  object: 3,
  null: 5,
  undefined: 6,
  reference: 7,
  ecmaArray: 8,
  objectEnd: 9,
  strictArray: 10,
  date: 11,
  longString: 12,
  unsupported: 13,
  xml: 15,
  typedObject: 16,
} as const;

/** All values in sequence, or null if the bytes are truncated, unknown, or nested or numerous beyond the limits. */
export function decodeAmf0(bytes: Buffer): readonly AmfValue[] | null {
  const cursor: Cursor = { bytes, at: 0, values: 0 };
  const values: AmfValue[] = [];
  while (cursor.at < bytes.length) {
    const value = readValue(cursor, 0);
    if (value === undefined) return null;
    values.push(value);
  }
  return values;
}

interface Cursor {
  readonly bytes: Buffer;
  at: number;
  values: number;
}

/** undefined: malformed (AMF's own undefined reads as null). */
function readValue(cursor: Cursor, depth: number): AmfValue | undefined {
  cursor.values += 1;
  if (depth > maxDepth || cursor.values > maxValues) return undefined;
  const kind = take(cursor, 1);
  if (kind === undefined) return undefined;
  switch (cursor.bytes[kind]) {
    case marker.number:
      return readDouble(cursor);
    case marker.boolean: {
      const at = take(cursor, 1);
      return at === undefined ? undefined : cursor.bytes[at] !== 0;
    }
    case marker.string:
      return readString(cursor, 2);
    case marker.longString:
    case marker.xml:
      return readString(cursor, 4);
    case marker.null:
    case marker.undefined:
    case marker.unsupported:
      return null;
    // A reference to an earlier object; the values that we need are never written this way.
    case marker.reference:
      return take(cursor, 2) === undefined ? undefined : null;
    case marker.typedObject:
      return readString(cursor, 2) === undefined ? undefined : readObject(cursor, depth);
    case marker.object:
      return readObject(cursor, depth);
    case marker.ecmaArray:
      // The count is only a hint: the end marker decides.
      return take(cursor, 4) === undefined ? undefined : readObject(cursor, depth);
    case marker.strictArray:
      return readArray(cursor, depth);
    case marker.date: {
      const ms = readDouble(cursor);
      return take(cursor, 2) === undefined ? undefined : ms;
    }
    default:
      return undefined;
  }
}

function readObject(cursor: Cursor, depth: number): AmfObject | undefined {
  const object = new Map<string, AmfValue>();
  for (;;) {
    const name = readString(cursor, 2);
    if (name === undefined) return undefined;
    if (name === '' && cursor.bytes[cursor.at] === marker.objectEnd) {
      cursor.at += 1;
      return object;
    }
    const value = readValue(cursor, depth + 1);
    if (value === undefined) return undefined;
    object.set(name, value);
  }
}

function readArray(cursor: Cursor, depth: number): readonly AmfValue[] | undefined {
  const at = take(cursor, 4);
  if (at === undefined) return undefined;
  const array: AmfValue[] = [];
  for (let left = cursor.bytes.readUInt32BE(at); left > 0; left -= 1) {
    const value = readValue(cursor, depth + 1);
    if (value === undefined) return undefined;
    array.push(value);
  }
  return array;
}

function readDouble(cursor: Cursor): number | undefined {
  const at = take(cursor, 8);
  return at === undefined ? undefined : cursor.bytes.readDoubleBE(at);
}

function readString(cursor: Cursor, lengthBytes: 2 | 4): string | undefined {
  const lengthAt = take(cursor, lengthBytes);
  if (lengthAt === undefined) return undefined;
  const at = take(cursor, cursor.bytes.readUIntBE(lengthAt, lengthBytes));
  return at === undefined ? undefined : cursor.bytes.toString('utf8', at, cursor.at);
}

/** Skips `size` bytes and returns where they start. */
function take(cursor: Cursor, size: number): number | undefined {
  const at = cursor.at;
  if (at + size > cursor.bytes.length) return undefined;
  cursor.at += size;
  return at;
}

export function encodeAmf0(values: readonly AmfValue[]): Buffer {
  return Buffer.concat(values.map(encodeValue));
}

function encodeValue(value: AmfValue): Buffer {
  if (value === null) return Buffer.from([marker.null]);
  if (typeof value === 'boolean') return Buffer.from([marker.boolean, value ? 1 : 0]);
  if (typeof value === 'string') return Buffer.concat([Buffer.from([marker.string]), encodeName(value)]);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(9, marker.number);
    bytes.writeDoubleBE(value, 1);
    return bytes;
  }
  if (isObject(value)) {
    const fields = [...value].flatMap(([name, member]) => [encodeName(name), encodeValue(member)]);
    return Buffer.concat([Buffer.from([marker.object]), ...fields, Buffer.from([0, 0, marker.objectEnd])]);
  }
  const head = Buffer.alloc(5, marker.strictArray);
  head.writeUInt32BE(value.length, 1);
  return Buffer.concat([head, ...value.map(encodeValue)]);
}

function encodeName(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8').subarray(0, 0xffff);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

export function isObject(value: AmfValue | undefined): value is AmfObject {
  return value instanceof Map;
}
