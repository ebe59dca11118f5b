import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AmfValue, decodeAmf0, encodeAmf0 } from '../../../monitors/rtmp/amf0.ts';

describe('AMF0', () => {
  it('reads back what it writes', () => {
    const { value } = fc.letrec<{ value: AmfValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.double({ noNaN: true }),
        fc.boolean(),
        fc.string({ maxLength: 20 }),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 5 }),
        fc.array(fc.tuple(fc.string({ minLength: 1 }), tie('value')), { maxLength: 5 }).map((pairs) => new Map(pairs)),
      ),
    }));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), (values) => {
        expect(decodeAmf0(encodeAmf0(values))).toEqual(values);
      }),
    );
  });

  it('reads dates, long strings, undefined and associative arrays', () => {
    const bytes = Buffer.concat([
      Buffer.from([11, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.from([12, 0, 0, 0, 2, 0x68, 0x69]),
      Buffer.from([6]),
      Buffer.from([8, 0, 0, 0, 99, 0, 1, 0x61, 1, 1, 0, 0, 9]),
    ]);
    expect(decodeAmf0(bytes)).toEqual([2, 'hi', null, new Map([['a', true]])]);
  });

  it('reads what else there may be: unsupported, references, XML and objects with a class', () => {
    const bytes = Buffer.concat([
      Buffer.from([13]),
      Buffer.from([7, 0, 1]),
      Buffer.from([15, 0, 0, 0, 4, 0x3c, 0x61, 0x2f, 0x3e]),
      Buffer.from([16, 0, 1, 0x43, 0, 1, 0x61, 1, 1, 0, 0, 9]),
    ]);
    expect(decodeAmf0(bytes)).toEqual([null, null, '<a/>', new Map([['a', true]])]);
  });

  it.each([
    ['a string cut short', [2, 0, 5, 0x61]],
    ['a number cut short', [0, 1, 2]],
    ['an object without an end', [3, 0, 1, 0x61, 5]],
    ['a marker that does not exist', [200]],
    ['an array of four thousand million', [10, 255, 255, 255, 255]],
  ])('gives up on %s', (_name, bytes) => {
    expect(decodeAmf0(Buffer.from(bytes))).toBeNull();
  });

  it('gives up on nesting and numbers beyond reason', () => {
    expect(decodeAmf0(Buffer.alloc(60_000, Buffer.from([3, 0, 1, 0x61])))).toBeNull();
    expect(decodeAmf0(Buffer.alloc(60_000, 5))).toBeNull();
  });

  it('keeps a name that means something to JavaScript a plain name', () => {
    const [object] = decodeAmf0(encodeAmf0([new Map<string, AmfValue>([['__proto__', 1]])])) ?? [];
    expect(object).toEqual(new Map([['__proto__', 1]]));
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void decodeAmf0(Buffer.from(bytes))));
  });
});
