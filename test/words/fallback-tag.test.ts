import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Digest, digestOf } from '../../src/oci/digest.ts';
import { isAttachmentTag, referrersTag } from '../../src/oci/fallback-tag.ts';
import { parseReference } from '../../src/oci/reference.ts';

for (const [digest, tag] of [
  [`sha256:${'a'.repeat(64)}`, `sha256-${'a'.repeat(64)}`],
  [`sha512:${'b'.repeat(128)}`, `sha512-${'b'.repeat(64)}`],
  [`${'x+y'.repeat(20)}:${'A='.repeat(50)}`, `${'x-y'.repeat(10)}x--${'A-'.repeat(32)}`],
] as const) {
  test(`spec referrers tag: ${digest.slice(0, 20)}… is kept below ${tag.slice(0, 20)}…`, () => {
    assert.equal(referrersTag(digest as Digest), tag);
  });
}

test('spec referrers tag: it is a tag, and known as an attachment', () => {
  fc.assert(
    fc.property(
      fc.uint8Array(),
      fc.constantFrom('sha256' as const, 'sha512' as const),
      (bytes, algorithm) => {
        const tag = referrersTag(digestOf(bytes, algorithm));
        assert.deepEqual(parseReference(tag), { kind: 'tag', tag });
        assert.ok(isAttachmentTag(tag));
      },
    ),
  );
});

for (const suffix of ['.sig', '.att', '.sbom']) {
  test(`cosign: sha256-<hex>${suffix} is an attachment`, () => {
    assert.ok(isAttachmentTag(`sha256-${'0'.repeat(64)}${suffix}`));
  });
}

for (const tag of [
  'latest',
  'sha256',
  'sha256-',
  `sha256-${'0'.repeat(63)}`,
  `sha256-${'0'.repeat(65)}`,
  `sha256-${'A'.repeat(64)}`,
  `sha256-${'0'.repeat(64)}.exe`,
  `sha256-${'0'.repeat(64)}.sig.sig`,
  `xsha256-${'0'.repeat(64)}`,
  `sha256:${'0'.repeat(64)}`,
]) {
  test(`${tag.slice(0, 14)}… (${tag.length}) is an ordinary tag`, () =>
    assert.equal(isAttachmentTag(tag), false));
}

test('any string gives a tag or an attachment answer without throwing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.match(referrersTag(text as Digest), /^[\w.-]{1,97}$/);
      isAttachmentTag(text);
    }),
  );
});
