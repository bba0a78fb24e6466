import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  essence,
  isIndex,
  isManifestType,
  isNonDistributable,
  MANIFEST_TYPES,
  MEDIA_TYPES,
  mediaTypeOfQuery,
  refusalOf,
} from '../../src/oci/media-type.ts';

for (const [contentType, expected] of [
  [undefined, undefined],
  ['', undefined],
  ['  ', undefined],
  [';charset=utf-8', undefined],
  ['a/b', 'a/b'],
  [' A/B ', 'a/b'],
  ['a/b;charset=utf-8', 'a/b'],
  ['Application/Vnd.OCI.image.Manifest.v1+JSON ; charset=utf-8; x="a;b"', MEDIA_TYPES.ociManifest],
  ['text/\u212Aind', 'text/\u212Aind'],
] as const) {
  test(`RFC 9110 8.3: the type of ${JSON.stringify(contentType)} is ${JSON.stringify(expected)}`, () => {
    assert.equal(essence(contentType), expected);
  });
}

for (const [text, expected] of [
  [null, undefined],
  ['', undefined],
  ['application/spdx json', 'application/spdx+json'],
  ['a/b+c d', 'a/b+c+d'],
  ['text/plain; a=b c', 'text/plain; a=b c'],
  ['a\0b', 'a\u{fffd}b'],
] as const) {
  test(`a query's ${JSON.stringify(text)} is the type ${JSON.stringify(expected)}`, () => {
    assert.equal(mediaTypeOfQuery(text), expected);
  });
}

test('the type of a type is itself, and no string throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const once = essence(text);
      assert.equal(essence(once), once);
    }),
  );
});

test('image-spec: four manifest types are accepted, two of them are indexes', () => {
  assert.deepEqual(MANIFEST_TYPES.filter(isManifestType).toSorted(), [
    'application/vnd.docker.distribution.manifest.list.v2+json',
    'application/vnd.docker.distribution.manifest.v2+json',
    'application/vnd.oci.image.index.v1+json',
    'application/vnd.oci.image.manifest.v1+json',
  ]);
  assert.deepEqual(MANIFEST_TYPES.filter(isIndex).toSorted(), [
    'application/vnd.docker.distribution.manifest.list.v2+json',
    'application/vnd.oci.image.index.v1+json',
  ]);
});

for (const [mediaType, advice] of [
  ['application/vnd.docker.distribution.manifest.v1+json', /schema 2 or OCI/],
  ['application/vnd.docker.distribution.manifest.v1+prettyjws', /schema 2 or OCI/],
  ['application/vnd.oci.artifact.manifest.v1+json', /artifactType/],
] as const) {
  test(`image-spec: ${mediaType} is refused and the refusal says what to push`, () => {
    assert.equal(isManifestType(mediaType), false);
    assert.match(refusalOf(mediaType) ?? '', advice);
  });
}

test('image-spec: an accepted or unknown type has no refusal of its own', () => {
  for (const mediaType of [...MANIFEST_TYPES, 'application/json', 'constructor', ''])
    assert.equal(refusalOf(mediaType), undefined);
});

for (const [mediaType, expected] of [
  ['application/vnd.oci.image.layer.nondistributable.v1.tar', true],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', true],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar+zstd', true],
  ['application/vnd.docker.image.rootfs.foreign.diff.tar', true],
  ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', true],
  ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip.evil', false],
  ['application/vnd.oci.image.layer.v1.tar+gzip', false],
  ['application/vnd.docker.image.rootfs.diff.tar.gzip', false],
  ['', false],
] as const) {
  test(`image-spec: a layer of type "${mediaType}" ${expected ? 'may' : 'must not'} be absent`, () => {
    assert.equal(isNonDistributable(mediaType), expected);
  });
}
