/** The package net-snmp as far as it is used, with an agent of paper behind it. */
import type { SnmpLibrary, SnmpSession, Varbind } from '../../../monitors/measure/snmp/library.ts';

const types = {
  Integer: 2,
  OctetString: 4,
  OID: 6,
  Gauge: 66,
  Counter64: 70,
  NoSuchObject: 128,
  NoSuchInstance: 129,
  EndOfMibView: 130,
};

/** What `snmpwalk -On` printed. */
export function readWalk(text: string): readonly Varbind[] {
  return text.split('\n').flatMap((line): Varbind[] => {
    const [, oid = '', kind, value = ''] = /^\.([\d.]+) = (?:(\w+): )?(.*)$/.exec(line) ?? [];
    switch (kind) {
      case 'INTEGER':
      case 'Counter32':
      case 'Gauge32':
        return [{ oid, type: types.Integer, value: Number(value) }];
      case 'Timeticks':
        return [{ oid, type: types.Integer, value: Number(/\d+/.exec(value)?.[0]) }];
      case 'Counter64': {
        const hex = BigInt(value).toString(16);
        return [
          { oid, type: types.Counter64, value: Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex') },
        ];
      }
      case 'STRING':
        return [{ oid, type: types.OctetString, value: Buffer.from(value.replaceAll('"', '')) }];
      case 'OID':
        return [{ oid, type: types.OID, value: value.replace(/^\./, '') }];
      default:
        return [];
    }
  });
}

export type Faulty =
  /** Ends each question with an error, by the name and the words of the package. */
  | { readonly how: 'error'; readonly name: string; readonly message: string }
  | { readonly how: 'silent' }
  /** Sends a datagram, and throws at the answer: nobody could catch that outside. */
  | { readonly how: 'throws' }
  /** A table without an end. */
  | { readonly how: 'endless' };

interface DatagramModule {
  createSocket(): {
    on(event: string, listener: () => void): void;
    send(bytes: Uint8Array, offset: number, length: number, port: number, to: string, done: () => void): void;
    close(): void;
  };
}

export interface FakeSnmp extends SnmpLibrary {
  /** Everything that sessions were made with. */
  readonly made: { readonly target: string; readonly who: unknown; readonly options: object }[];
  /** Sessions that were not closed. */
  open(): number;
}

export function fakeSnmp(varbinds: () => readonly Varbind[], faulty?: Faulty): FakeSnmp {
  const made: FakeSnmp['made'][number][] = [];
  let open = 0;

  function session(target: string, who: unknown, options: object): SnmpSession {
    made.push({ target, who, options });
    const socket = (options as { dgramModule: DatagramModule }).dgramModule.createSocket();
    open += 1;
    socket.on('message', () => {
      if (faulty?.how === 'throws') throw new TypeError('cannot read properties of undefined');
    });
    const fault = (done: (error: Error) => void): boolean => {
      if (faulty?.how === 'error') {
        const error = Object.assign(new Error(faulty.message), { name: faulty.name });
        setImmediate(() => done(error));
      }
      // It goes to the port that was asked for, whoever is there.
      if (faulty?.how === 'silent' || faulty?.how === 'throws')
        socket.send(Buffer.from('?'), 0, 1, 1, '', () => undefined);
      return faulty !== undefined && faulty.how !== 'endless';
    };
    return {
      get(oids, done) {
        if (fault(done)) return;
        const known = new Map(varbinds().map((one) => [one.oid, one]));
        setImmediate(() =>
          done(
            null,
            oids.map((oid) => known.get(oid) ?? { oid, type: types.NoSuchInstance, value: null }),
          ),
        );
      },
      subtree(oid, _maxRepetitions, feed, done) {
        if (fault(done)) return;
        if (faulty?.how === 'endless') {
          let row = 0;
          const more = () => {
            row += 1;
            if (feed([{ oid: `${oid}.${row}`, type: types.Integer, value: row }])) setImmediate(() => done(null));
            else setImmediate(more);
          };
          more();
          return;
        }
        setImmediate(() => {
          feed(varbinds().filter((one) => one.oid.startsWith(`${oid}.`)));
          done(null);
        });
      },
      on() {},
      close() {
        open -= 1;
        socket.close();
      },
    };
  }

  return {
    made,
    open: () => open,
    createSession: session,
    createV3Session: session,
    Version2c: 1,
    Version3: 3,
    ObjectType: types,
    SecurityLevel: { noAuthNoPriv: 1, authNoPriv: 2, authPriv: 3 },
    AuthProtocols: { md5: '2', sha: '3', sha256: '5' },
    PrivProtocols: { des: '2', aes: '4' },
  };
}
