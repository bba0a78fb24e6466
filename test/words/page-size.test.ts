import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RegistryError } from '../../src/errors.ts';
import { parsePageSize } from '../../src/oci/page-size.ts';

const limits = { default: 100, maximum: 1000 };

for (const [text, expected] of [
  [undefined, 100],
  [null, 100],
  ['', 100],
  ['0', 0],
  ['1', 1],
  ['0007', 7],
  ['1000', 1000],
  ['1001', 1000],
  ['9'.repeat(400), 1000],
] as const) {
  test(`end-8b: n=${String(text).slice(0, 20)} asks for pages of ${expected}`, () => {
    assert.equal(parsePageSize(text, limits), expected);
  });
}

for (const text of [
  '-1',
  '-0',
  '+1',
  '1.5',
  '1e3',
  '0x10',
  'abc',
  ' 1',
  '1 ',
  '1\n',
  '1,2',
  '١',
  'NaN',
  'Infinity',
]) {
  test(`end-8b: n=${JSON.stringify(text)} is refused with 400`, () => {
    assert.throws(
      () => parsePageSize(text, limits),
      (error) =>
        error instanceof RegistryError && error.code === 'PAGINATION_INVALID' && error.status === 400,
    );
  });
}

test('end-8b: any text gives a page within the limits or PAGINATION_INVALID', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{1,30}$/)), (text) => {
      try {
        const size = parsePageSize(text, limits);
        assert.ok(Number.isInteger(size) && size >= 0 && size <= limits.maximum);
      } catch (error) {
        assert.ok(error instanceof RegistryError);
      }
    }),
  );
});

test('end-8b: a number up to the maximum is taken as it is', () => {
  fc.assert(fc.property(fc.nat({ max: limits.maximum }), (n) => parsePageSize(String(n), limits) === n));
});
