import type { SnmpLibrary, Varbind } from './library.ts';

export type SnmpValue = number | string;

/** Keyed by object identifier, or by index within a column. Objects that the agent lacks are missing. */
export type SnmpValues = ReadonlyMap<string, SnmpValue>;

/** null: the agent lacks the object, or it has a type that we do not read. */
export function readValue({ type, value }: Varbind, { ObjectType }: SnmpLibrary): SnmpValue | null {
  switch (type) {
    case ObjectType['NoSuchObject']:
    case ObjectType['NoSuchInstance']:
    case ObjectType['EndOfMibView']:
      return null;
    // Its eight octets; an agent may leave out leading zeros (BER).
    case ObjectType['Counter64']:
      return Buffer.isBuffer(value) && value.length <= 9 ? Number(BigInt(`0x0${value.toString('hex')}`)) : null;
    default:
      if (typeof value === 'number' && Number.isFinite(value)) return value;
      if (Buffer.isBuffer(value)) return value.toString('latin1', 0, 1024);
      return typeof value === 'string' ? value.slice(0, 1024) : null;
  }
}

export function numberIn(values: SnmpValues, key: string): number | undefined {
  const value = values.get(key);
  return typeof value === 'number' ? value : undefined;
}

export function textIn(values: SnmpValues, key: string): string | undefined {
  const value = values.get(key);
  return typeof value === 'string' ? value : undefined;
}
