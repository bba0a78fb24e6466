import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  algorithmOf,
  type DigestAlgorithm,
  digestOf,
  encodedOf,
  parseDigest,
  RunningDigest,
} from '../../src/oci/digest.ts';

const hex = (length: number) => 'a'.repeat(length);
const ALGORITHMS: DigestAlgorithm[] = ['sha256', 'sha512'];

test('image-spec descriptor: sha256 with 64 and sha512 with 128 lower case hex digits are digests', () => {
  assert.equal(parseDigest(`sha256:${hex(64)}`), `sha256:${hex(64)}`);
  assert.equal(parseDigest(`sha512:${hex(128)}`), `sha512:${hex(128)}`);
});

for (const text of [
  '',
  'sha256:',
  'sha256:baddigeststring',
  `sha256:${hex(63)}`,
  `sha256:${hex(65)}`,
  `sha256:${hex(128)}`,
  `sha512:${hex(64)}`,
  `sha256:${hex(64).toUpperCase()}`,
  `SHA256:${hex(64)}`,
  `sha256-${hex(64)}`,
  `sha256:${hex(64)}\n`,
  ` sha256:${hex(64)}`,
  `sha384:${hex(96)}`,
  `md5:${hex(32)}`,
  `sha256:../${hex(61)}`,
]) {
  test(`image-spec descriptor: ${JSON.stringify(text)} is no digest`, () => {
    assert.equal(parseDigest(text), undefined);
  });
}

test('the digest of bytes is the algorithm and the hex of its hash, and parses', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.constantFrom(...ALGORITHMS), (bytes, algorithm) => {
      const digest = digestOf(bytes, algorithm);
      assert.equal(parseDigest(digest), digest);
      assert.equal(algorithmOf(digest), algorithm);
      assert.equal(encodedOf(digest), createHash(algorithm).update(bytes).digest('hex'));
    }),
  );
});

test('a running digest does not depend on how the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array()), fc.constantFrom(...ALGORITHMS), (chunks, algorithm) => {
      const running = new RunningDigest(algorithm);
      for (const chunk of chunks) running.update(chunk);
      assert.equal(running.finish(), digestOf(Buffer.concat(chunks), algorithm));
    }),
  );
});
