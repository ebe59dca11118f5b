import fc from 'fast-check';
import { expect, it } from 'vitest';
import { growing } from '../../../monitors/shared/growing.ts';

it('what grows is the beginning of all pieces, however they are cut, and no more than was allowed', () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 20 });
  fc.assert(
    fc.property(pieces, fc.nat({ max: 20_000 }), (parts, maxBytes) => {
      const body = growing(maxBytes);
      const fits = parts.map((part) => body.add(Buffer.from(part)));
      const whole = Buffer.concat(parts);
      expect(body.bytes().equals(whole.subarray(0, maxBytes))).toBe(true);
      expect(body.isFull()).toBe(whole.length >= maxBytes);
      expect(fits.every((fit) => fit)).toBe(whole.length <= maxBytes);
    }),
  );
});
