/**
 * The part of the package net-snmp (3.x) that is used here, as documented. The package is optional: install it next to
 * this program to measure by SNMP.
 */
export interface SnmpLibrary {
  createSession(target: string, community: string, options: object): SnmpSession;
  createV3Session(target: string, user: object, options: object): SnmpSession;
  readonly Version2c: number;
  readonly Version3: number;
  readonly ObjectType: Readonly<Record<string, unknown>>;
  readonly SecurityLevel: Readonly<Record<string, unknown>>;
  readonly AuthProtocols: Readonly<Record<string, unknown>>;
  readonly PrivProtocols: Readonly<Record<string, unknown>>;
}

export interface SnmpSession {
  get(oids: readonly string[], done: (error: Error | null, varbinds?: readonly Varbind[]) => void): void;
  /** `feed` returns true to stop. */
  subtree(
    oid: string,
    maxRepetitions: number,
    feed: (varbinds: readonly Varbind[]) => boolean,
    done: (error?: Error | null) => void,
  ): void;
  on(event: 'error', listener: (error: Error) => void): void;
  close(): void;
}

export interface Varbind {
  readonly oid: string;
  readonly type: number;
  readonly value: unknown;
}

/** null: not installed. */
export type LoadSnmp = () => Promise<SnmpLibrary | null>;

/** Imported through a variable, so that the compiler does not need the package. */
const netSnmp = 'net-snmp';

/** Loaded at the first check that needs it, and searched again while it is missing. */
export const installedSnmp: LoadSnmp = async () => {
  try {
    const loaded = (await import(netSnmp)) as { readonly default?: unknown };
    const library = loaded.default ?? loaded;
    return isSnmpLibrary(library) ? library : null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  }
};

function isSnmpLibrary(value: unknown): value is SnmpLibrary {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['createSession', 'createV3Session'].every((name) => typeof Reflect.get(value, name) === 'function') &&
    ['ObjectType', 'SecurityLevel', 'AuthProtocols', 'PrivProtocols'].every(
      (name) => typeof Reflect.get(value, name) === 'object',
    )
  );
}
