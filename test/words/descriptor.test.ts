import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RegistryError } from '../../src/errors.ts';
import { parseDescriptor } from '../../src/oci/descriptor.ts';
import { digestOf } from '../../src/oci/digest.ts';

const minimal = {
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  digest: digestOf(Buffer.from('x')),
  size: 1,
};

const isInvalid = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof RegistryError, String(error));
  assert.equal(error.code, 'MANIFEST_INVALID');
  assert.match(error.message, message);
  return true;
};

test('image-spec descriptor: type, digest and size are enough', () => {
  assert.deepEqual(parseDescriptor(minimal, 'config'), minimal);
});

test('image-spec descriptor: every field of the spec is kept', () => {
  const full = {
    ...minimal,
    artifactType: 'application/vnd.example+json',
    annotations: { a: 'b', '': '' },
    data: 'eA==',
    urls: ['https://example.com/x'],
    platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
  };
  assert.deepEqual(parseDescriptor(full, 'config'), full);
});

test('image-spec descriptor: unknown fields are ignored, never refused', () => {
  const custom = {
    ...minimal,
    'org.example': { deep: [1] },
    extra: null,
    platform: { os: 'linux', 'os.features': ['x'] },
  };
  assert.deepEqual(parseDescriptor(custom, 'config'), { ...minimal, platform: { os: 'linux' } });
});

test('image-spec descriptor: null and empty optional fields count as absent, as Go writes them', () => {
  const sparse = { ...minimal, artifactType: '', annotations: null, data: '', urls: null, platform: null };
  assert.deepEqual(parseDescriptor(sparse, 'config'), minimal);
  assert.deepEqual(parseDescriptor({ ...minimal, urls: [] }, 'config'), minimal);
});

for (const [change, place] of [
  [{ mediaType: undefined }, 'mediaType'],
  [{ mediaType: '' }, 'mediaType'],
  [{ mediaType: 7 }, 'mediaType'],
  [{ mediaType: 'a/b\0' }, 'mediaType'],
  [{ mediaType: 'a/b\n' }, 'mediaType'],
  [{ mediaType: `a/${'b'.repeat(255)}` }, 'mediaType'],
  [{ digest: undefined }, 'digest'],
  [{ digest: 'sha256:baddigeststring' }, 'digest'],
  [{ digest: [minimal.digest] }, 'digest'],
  [{ digest: minimal.digest.toUpperCase() }, 'digest'],
  [{ size: undefined }, 'size'],
  [{ size: null }, 'size'],
  [{ size: '1' }, 'size'],
  [{ size: -1 }, 'size'],
  [{ size: 1.5 }, 'size'],
  [{ size: 2 ** 53 }, 'size'],
  [{ size: Number.NaN }, 'size'],
  [{ artifactType: 1 }, 'artifactType'],
  [{ artifactType: 'a\0' }, 'artifactType'],
  [{ annotations: [] }, 'annotations'],
  [{ annotations: 'x' }, 'annotations'],
  [{ annotations: { a: 1 } }, 'annotations\\["a"\\]'],
  [{ annotations: { a: null } }, 'annotations\\["a"\\]'],
  [{ data: 1 }, 'data'],
  [{ urls: 'https://example.com' }, 'urls'],
  [{ urls: [1] }, 'urls'],
  [{ platform: 'linux' }, 'platform'],
  [{ platform: [] }, 'platform'],
] as const) {
  const shown = Object.entries(change).map(
    ([field, value]) => `${field} ${JSON.stringify(value)?.slice(0, 30)}`,
  );
  test(`image-spec descriptor: ${shown} is refused and the message names the place`, () => {
    assert.throws(
      () => parseDescriptor({ ...minimal, ...change }, 'layers[3]'),
      isInvalid(RegExp(`^layers\\[3\\]\\.${place}`)),
    );
  });
}

for (const field of ['Digest', 'MEDIATYPE', 'Size', 'URLs', 'ſize']) {
  test(`image-spec descriptor: ${field}, which some clients read as another field, is refused`, () => {
    assert.throws(
      () => parseDescriptor({ ...minimal, [field]: 1 }, 'config'),
      isInvalid(/^config has a field/),
    );
  });
}

test('image-spec descriptor: any value is a descriptor or MANIFEST_INVALID', () => {
  const almost = fc.record(
    {
      mediaType: fc.oneof(fc.constant(minimal.mediaType), fc.anything()),
      digest: fc.oneof(fc.constant(minimal.digest), fc.anything()),
      size: fc.oneof(fc.nat(), fc.anything()),
      artifactType: fc.anything(),
      annotations: fc.anything(),
      data: fc.anything(),
      urls: fc.anything(),
      platform: fc.anything(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.anything(), almost), (value) => {
      try {
        const { mediaType, digest, size } = parseDescriptor(value, 'x');
        assert.deepEqual(
          [typeof mediaType, typeof digest, Number.isSafeInteger(size)],
          ['string', 'string', true],
        );
      } catch (error) {
        isInvalid(/^x/)(error);
      }
    }),
    { numRuns: 2000 },
  );
});

test('image-spec descriptor: parsing what was parsed changes nothing', () => {
  const descriptor = fc.record(
    {
      mediaType: fc.stringMatching(/^[a-z]{1,9}\/[a-z.+]{1,9}$/),
      digest: fc.uint8Array().map((bytes) => digestOf(bytes)),
      size: fc.maxSafeNat(),
      annotations: fc.dictionary(fc.string(), fc.string()),
      urls: fc.array(fc.webUrl()),
      data: fc.base64String(),
      platform: fc.record({ os: fc.string(), architecture: fc.string() }),
    },
    { requiredKeys: ['mediaType', 'digest', 'size'] },
  );
  fc.assert(
    fc.property(descriptor, (value) => {
      const once = parseDescriptor(value, 'x');
      assert.deepEqual(parseDescriptor(once, 'x'), once);
    }),
  );
});
