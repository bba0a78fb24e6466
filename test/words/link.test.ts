import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nextLink } from '../../src/oci/link.ts';

test('end-8b: the link of the next page is relative and carries n and last', () => {
  assert.equal(
    nextLink('/v2/birds/bluebird/tags/list', { n: '100', last: 'x' }),
    '</v2/birds/bluebird/tags/list?n=100&last=x>; rel="next"',
  );
});

test('end-12b: other parameters are kept, and encoded', () => {
  assert.equal(
    nextLink('/v2/a/referrers/sha256:0', { artifactType: 'application/x+json; a="b"', last: '>,&<' }),
    '</v2/a/referrers/sha256:0?artifactType=application%2Fx%2Bjson%3B+a%3D%22b%22&last=%3E%2C%26%3C>; rel="next"',
  );
});

test('a link without parameters has no question mark', () => {
  assert.equal(nextLink('/v2/_catalog', {}), '</v2/_catalog>; rel="next"');
});

test('a path is encoded too, and its question mark does not begin the query', () => {
  assert.equal(nextLink('/v2/a?b#c%d e/x', { n: '1' }), '</v2/a%3Fb%23c%25d%20e/x?n=1>; rel="next"');
});

test('end-8b: what the client follows is what was meant, whatever the text', () => {
  const text = fc.string({ unit: 'grapheme' });
  fc.assert(
    fc.property(fc.array(text), fc.dictionary(text, text), (segments, params) => {
      const path = `/v2/${segments.join('/').replaceAll('\\', '')}/tags/list`;
      fc.pre(!/\/\.{0,2}(?=\/)/.test(path));
      const target = /^<([\x21-\x7e]+)>; rel="next"$/.exec(nextLink(path, params))?.[1];
      assert.ok(target !== undefined && !/[<>"]/.test(target));
      const url = new URL(target, 'http://registry.test');
      assert.equal(decodeURIComponent(url.pathname), path);
      assert.deepEqual(Object.fromEntries(url.searchParams), { ...params });
    }),
  );
});

test('no string breaks out of the header or throws', () => {
  const text = fc.string({
    unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
  });
  fc.assert(
    fc.property(text, text, text, (path, key, value) => {
      assert.match(nextLink(path, { [key]: value }), /^<[^\s<>"]*>; rel="next"$/);
    }),
    { numRuns: 1000 },
  );
});
