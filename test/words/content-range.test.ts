import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseContentRange, parseRange } from '../../src/oci/content-range.ts';

for (const [header, expected] of [
  [undefined, undefined],
  ['0-0', { first: 0, last: 0 }],
  ['0-1023', { first: 0, last: 1023 }],
  ['1024-2047', { first: 1024, last: 2047 }],
  ['bytes 0-9', { first: 0, last: 9 }],
  ['Bytes 0-9/10', { first: 0, last: 9 }],
  ['0-9/10', { first: 0, last: 9 }],
  ['bytes 5-9/*', { first: 5, last: 9 }],
  ['0-9007199254740991', { first: 0, last: Number.MAX_SAFE_INTEGER }],
  ['', 'invalid'],
  ['-', 'invalid'],
  ['5', 'invalid'],
  ['5-', 'invalid'],
  ['-5', 'invalid'],
  ['9-5', 'invalid'],
  ['0-9/9', 'invalid'],
  ['0--1', 'invalid'],
  ['0-9,10-19', 'invalid'],
  ['bytes=0-9', 'invalid'],
  ['bytes */10', 'invalid'],
  ['items 0-9', 'invalid'],
  ['0x0-0x9', 'invalid'],
  ['1e1-2e1', 'invalid'],
  ['0-1.5', 'invalid'],
  [' 0-9', 'invalid'],
  ['0-9\n', 'invalid'],
  ['0-9007199254740992', 'invalid'],
  ['9007199254740992-9007199254740993', 'invalid'],
  [`0-${'9'.repeat(400)}`, 'invalid'],
] as const) {
  test(`end-5: Content-Range ${JSON.stringify(header)?.slice(0, 40)} is ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(parseContentRange(header), expected);
  });
}

const orderedPair = fc
  .tuple(fc.maxSafeNat(), fc.maxSafeNat())
  .map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));

test('end-5: a Content-Range that is written is read back, with and without HTTP dress', () => {
  const dress = fc.constantFrom<[string, string]>(['', ''], ['bytes ', ''], ['', '/*'], ['bytes ', '/*']);
  fc.assert(
    fc.property(orderedPair, dress, (range, [before, after]) => {
      assert.deepEqual(parseContentRange(`${before}${range.first}-${range.last}${after}`), range);
    }),
  );
});

test('end-5: any Content-Range is a sane range or invalid', () => {
  const nearly = fc.string({
    unit: fc.constantFrom('0', '1', '9', '-', '/', '*', ' ', 'bytes '),
    maxLength: 24,
  });
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), nearly), (header) => {
      const range = parseContentRange(header);
      assert.notEqual(range, undefined);
      if (range === 'invalid' || range === undefined) return;
      assert.ok(Number.isSafeInteger(range.first) && Number.isSafeInteger(range.last));
      assert.ok(range.first >= 0 && range.first <= range.last);
    }),
    { numRuns: 2000 },
  );
});

const many = (count: number) =>
  Array.from({ length: count }, (_, index) => `${index * 2}-${index * 2}`).join(',');

for (const [header, size, expected] of [
  // The conformance suite's, of a blob of 2048 bytes.
  ['bytes=500-1499', 2048, [[500, 1499]]],
  ['bytes=500-', 2048, [[500, 2047]]],
  ['bytes=-500', 2048, [[1548, 2047]]],
  ['bytes=2000-5000', 2048, [[2000, 2047]]],
  ['bytes=500-0', 2048, 'unsatisfiable'],
  ['bytes=5000-10000', 2048, 'unsatisfiable'],
  // What clients send: containerd, SOCI, podman's zstd:chunked.
  ['bytes=0-', 10, [[0, 9]]],
  ['bytes=0-1', 10, [[0, 1]]],
  [
    'bytes=0-1,4-5',
    10,
    [
      [0, 1],
      [4, 5],
    ],
  ],
  [
    'Bytes= 8-9 ,\t0-1,',
    10,
    [
      [8, 9],
      [0, 1],
    ],
  ],
  // The edges.
  ['bytes=9-9', 10, [[9, 9]]],
  ['bytes=10-10', 10, 'unsatisfiable'],
  ['bytes=10-', 10, 'unsatisfiable'],
  ['bytes=-10', 10, [[0, 9]]],
  ['bytes=-11', 10, [[0, 9]]],
  ['bytes=-0', 10, 'unsatisfiable'],
  [`bytes=0-${'9'.repeat(400)}`, 10, [[0, 9]]],
  [`bytes=${'9'.repeat(400)}-`, 10, 'unsatisfiable'],
  [`bytes=-${'9'.repeat(400)}`, 10, [[0, 9]]],
  ['bytes=0-1,50-60', 10, [[0, 1]]],
  ['bytes=40-41,50-60', 10, 'unsatisfiable'],
  // Adjacent is not overlapping.
  [
    'bytes=0-4,5-9',
    10,
    [
      [0, 4],
      [5, 9],
    ],
  ],
] as const) {
  test(`end-2: ${header.slice(0, 40)} of ${size} bytes is ${JSON.stringify(expected)}`, () => {
    const ranges = parseRange(header, size);
    assert.deepEqual(
      Array.isArray(ranges) ? ranges.map(({ first, last }) => [first, last]) : ranges,
      expected,
    );
  });
}

for (const [header, size, why] of [
  [undefined, 10, 'absent'],
  ['', 10, 'empty'],
  ['bytes', 10, 'malformed'],
  ['bytes=', 10, 'malformed'],
  ['bytes=,', 10, 'malformed'],
  ['bytes=-', 10, 'malformed'],
  ['bytes=a-b', 10, 'malformed'],
  ['bytes=0-1,x', 10, 'malformed'],
  ['bytes=x,50-60', 10, 'malformed'],
  ['bytes=1', 10, 'malformed'],
  ['bytes=0-1-2', 10, 'malformed'],
  ['bytes=0.5-1', 10, 'malformed'],
  ['bytes = 0-1', 10, 'malformed'],
  ['bytes=0 - 1', 10, 'malformed'],
  ['items=0-1', 10, 'another unit'],
  ['bytes=0-', 0, 'empty content'],
  ['bytes=-5', 0, 'empty content'],
  ['bytes=5-0', 0, 'empty content'],
  ['bytes=0-9,0-9', 10, 'overlapping'],
  ['bytes=0-,-5', 10, 'overlapping'],
  ['bytes=5-9,0-5', 10, 'overlapping'],
  [many(1025), 5000, 'another unit'],
  [`bytes=${many(1025)}`, 5000, 'too many'],
  [`bytes=${'0-,'.repeat(5000)}`, 100, 'too many'],
] as const) {
  test(`RFC 9110 14.2: ${header?.slice(0, 40)} of ${size} bytes is ignored (${why})`, () => {
    assert.equal(parseRange(header, size), undefined);
  });
}

test('RFC 9110 14.2: 1024 separate ranges are served', () => {
  assert.equal(parseRange(`bytes=${many(1024)}`, 5000)?.length, 1024);
});

test('end-2: whatever is asked, the parts lie inside the content, do not overlap and are not more than it', () => {
  const number = fc.oneof(fc.nat({ max: 30 }), fc.maxSafeNat(), fc.constant(''));
  const spec = fc.oneof(
    fc.tuple(number, number).map(([first, last]) => `${first}-${last}`),
    fc.string({ maxLength: 4 }),
  );
  const header = fc.oneof(
    fc.array(spec, { maxLength: 20 }).map((specs) => `bytes=${specs.join(',')}`),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(header, fc.oneof(fc.nat({ max: 30 }), fc.maxSafeNat()), (text, size) => {
      const ranges = parseRange(text, size);
      if (ranges === undefined || ranges === 'unsatisfiable') return;
      assert.ok(ranges.length > 0 && ranges.length <= 1024);
      let previous = -1;
      for (const { first, last } of ranges.toSorted((a, b) => a.first - b.first)) {
        assert.ok(Number.isSafeInteger(first) && Number.isSafeInteger(last));
        assert.ok(first > previous && first <= last && last < size);
        previous = last;
      }
    }),
    { numRuns: 5000 },
  );
});

test('end-2: a range inside the content is served as asked', () => {
  fc.assert(
    fc.property(orderedPair, fc.nat({ max: 1000 }), ({ first, last }, more) => {
      fc.pre(last < Number.MAX_SAFE_INTEGER - 1000);
      assert.deepEqual(parseRange(`bytes=${first}-${last}`, last + 1 + more), [{ first, last }]);
    }),
  );
});
