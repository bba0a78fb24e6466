import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../../src/oci/digest.ts';
import { answered, assertHeaders, refused } from '../answers.ts';
import {
  absentDigest,
  CONFIG,
  DOCKER_LIST,
  DOCKER_MANIFEST,
  descriptorOf,
  EMPTY,
  EMPTY_JSON,
  jsonOf,
  LAYER,
  newBytes,
  newManifest,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../content.ts';
import { stage } from '../repository.ts';

const on = stage();

test('end-7a: images of docker and of OCI, indexes of both, and what they are served as', async () => {
  const repository = await on.artifactRepository();
  const image = newManifest();
  await repository.putManifest(digestOf(image), image);
  const manifests = [descriptorOf(OCI_MANIFEST, image)];
  for (const [type, bytes] of [
    [OCI_MANIFEST, image],
    [DOCKER_MANIFEST, newManifest({ mediaType: DOCKER_MANIFEST })],
    [OCI_INDEX, jsonOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests })],
    [DOCKER_LIST, jsonOf({ schemaVersion: 2, mediaType: DOCKER_LIST, manifests })],
  ] as const) {
    await answered(await repository.putManifest('1', bytes, type), 201);
    await repository.assertServes('1', bytes, type);
  }
});

test('end-7a: the Content-Type loses its parameters, and may be absent where the body says the type or shows it', async () => {
  const repository = await on.artifactRepository();
  const untyped = jsonOf({ schemaVersion: 2, manifests: [] });
  for (const [bytes, type, served] of [
    [newManifest(), `${OCI_MANIFEST}; charset=utf-8`, OCI_MANIFEST],
    [newManifest(), null, OCI_MANIFEST],
    [newManifest({ mediaType: undefined }), OCI_MANIFEST, OCI_MANIFEST],
    [newManifest({ mediaType: undefined }), null, OCI_MANIFEST],
    [untyped, null, OCI_INDEX],
  ] as const) {
    await answered(await repository.putManifest('1', bytes, type), 201);
    await repository.assertServes('1', bytes, served);
  }
});

test('end-7a: artifacts, empty layers, unknown fields, inline data and large manifests are accepted and kept', async () => {
  const repository = await on.artifactRepository();
  const layer = newBytes();
  await repository.pushBlob(layer);
  const blob = descriptorOf('application/vnd.example.thing', layer);
  const empty = { ...descriptorOf(EMPTY, EMPTY_JSON), data: EMPTY_JSON.toString('base64') };
  const annotations = { 'com.example/big': 'x'.repeat(3_900_000) };
  for (const fields of [
    { artifactType: 'application/vnd.example.sbom+json', config: empty, layers: [empty] },
    { artifactType: 'application/vnd.example', layers: [blob, blob] },
    { layers: [] },
    { custom: { deeply: [{ nested: true }] }, layers: [{ ...blob, custom: 1 }] },
    { annotations },
    { config: { ...empty, mediaType: 'application/vnd.unknown' } },
  ]) {
    const bytes = newManifest(fields);
    await answered(await repository.putManifest('1', bytes), 201);
    await repository.assertServes('1', bytes);
  }
});

test('end-7a: foreign layers, by type or by urls, need not be there', async () => {
  const repository = await on.artifactRepository();
  const digest = absentDigest();
  for (const layer of [
    { mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', digest, size: 1 },
    { mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', digest, size: 1 },
    { mediaType: LAYER, digest, size: 1, urls: ['https://example.com/layer'] },
  ]) {
    const bytes = newManifest({ layers: [layer] });
    await answered(await repository.putManifest('1', bytes), 201);
    await repository.assertServes('1', bytes);
  }
});

test('end-7a: a manifest that refers to more than a thousand blobs is 400, also where they need not be there', async () => {
  const repository = await on.artifactRepository();
  const layer = { mediaType: LAYER, size: 1, urls: ['https://example.com/layer'] };
  const layers = Array.from({ length: 999 }, () => ({ ...layer, digest: absentDigest() }));
  await answered(await repository.putManifest('most', newManifest({ layers })), 201);
  const more = newManifest({ layers: [...layers, { ...layer, digest: absentDigest() }] });
  const { message } = await refused(await repository.putManifest('more', more), 400, 'MANIFEST_INVALID');
  assert.match(message, /refers to 1001 blobs and manifests, and 1000 is the most/);
  assert.equal(await repository.statusOf(`manifests/${digestOf(more)}`), 404);
});

test('end-7a: an index may be empty, hold indexes, and (as BuildKit’s caches) hold blobs', async () => {
  const repository = await on.artifactRepository();
  const image = newManifest();
  await repository.putManifest(digestOf(image), image);
  const inner = await repository.pushIndex([descriptorOf(OCI_MANIFEST, image)]);
  const layer = newBytes();
  await repository.pushBlob(layer);
  for (const children of [
    [],
    [inner],
    [inner, descriptorOf(OCI_MANIFEST, image)],
    [descriptorOf(LAYER, layer)],
  ]) {
    const { digest } = await repository.pushIndex(children, 'outer');
    assertHeaders(await repository.request('HEAD', 'manifests/outer'), {
      'docker-content-digest': digest,
      'content-type': OCI_INDEX,
    });
  }
});

test('end-7a: what a manifest needs and the repository lacks is 400 MANIFEST_BLOB_UNKNOWN, naming each', async () => {
  const repository = await on.artifactRepository();
  const [one, two] = [newBytes(), newBytes()].map((bytes) => descriptorOf(LAYER, bytes));
  const elsewhere = newBytes();
  await on.repository().pushBlob(elsewhere);
  const foreign = descriptorOf(LAYER, elsewhere);
  assert.ok(one && two);
  for (const [bytes, missing] of [
    [newManifest({ layers: [one, two, one] }), [one, two]],
    [newManifest({ config: { ...one, mediaType: CONFIG } }), [one]],
    [newManifest({ layers: [foreign] }), [foreign]],
  ] as const) {
    const { detail } = await refused(await repository.putManifest('1', bytes), 400, 'MANIFEST_BLOB_UNKNOWN');
    assert.deepEqual(
      detail.missing,
      missing.map(({ digest }) => ({ digest })),
    );
    assert.equal(await repository.statusOf('manifests/1'), 404);
    assert.equal(await repository.statusOf(`manifests/${digestOf(bytes)}`), 404);
  }
});

test('end-7a: a descriptor whose size is not that of the blob is 400 MANIFEST_INVALID, naming it', async () => {
  const repository = await on.artifactRepository();
  const layer = newBytes();
  await repository.pushBlob(layer);
  const right = descriptorOf(LAYER, layer);
  const wrong = { ...right, size: right.size + 1 };
  for (const [fields, place] of [
    [{ layers: [right, wrong] }, 'layers[1].size is 101, but '],
    [{ layers: [{ ...wrong, urls: ['https://example.com/layer'] }] }, 'layers[0].size is 101'],
    [{ config: { ...descriptorOf(EMPTY, EMPTY_JSON), size: 3 } }, 'config.size is 3'],
  ] as const) {
    const bytes = newManifest(fields);
    const { message } = await refused(await repository.putManifest('1', bytes), 400, 'MANIFEST_INVALID');
    assert.ok(message.startsWith(place), message);
    assert.match(message, /has (100|2) bytes; state the length it has/);
    assert.equal(await repository.statusOf(`manifests/${digestOf(bytes)}`), 404);
  }
  assert.equal(await repository.statusOf('manifests/1'), 404);
});

test('end-7a: a descriptor whose embedded content is not what its digest names is 400 MANIFEST_INVALID, naming it', async () => {
  const repository = await on.artifactRepository();
  const { descriptor: subject } = await repository.pushImage('1');
  const config = descriptorOf(EMPTY, EMPTY_JSON);
  const layer = newBytes();
  await repository.pushBlob(layer);
  const data = layer.toString('base64');
  const right = { ...descriptorOf(LAYER, layer), data };
  for (const [fields, place] of [
    [
      { config: { ...config, data: Buffer.from('{x').toString('base64') } },
      'config.data is not the content of',
    ],
    [{ layers: [right, { ...right, data: data.slice(0, 40) }] }, 'layers[1].data is not the content of'],
    [
      { layers: [{ ...right, data: `${data.slice(0, 8)}\n${data.slice(8)}` }] },
      'layers[0].data is not base64',
    ],
    [{ layers: [{ ...right, data: '%' }] }, 'layers[0].data is not base64'],
    [{ subject: { ...subject, data } }, 'subject.data is not the content of'],
  ] as const) {
    const { message } = await refused(
      await repository.putManifest('2', newManifest(fields)),
      400,
      'MANIFEST_INVALID',
    );
    assert.ok(message.startsWith(place), message);
  }
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [{ ...subject, data }] };
  const { message } = await refused(
    await repository.putManifest('2', jsonOf(index), OCI_INDEX),
    400,
    'MANIFEST_INVALID',
  );
  assert.match(message, /^manifests\[0\]\.data is not the content of/);
  await answered(await repository.putManifest('2', newManifest({ layers: [right] })), 201);
});

test('end-7a: an index that states another size or type of a child than it was pushed with is 400 MANIFEST_INVALID', async () => {
  const repository = await on.artifactRepository();
  const image = newManifest();
  await answered(await repository.putManifest(digestOf(image), image), 201);
  const layer = newBytes();
  await repository.pushBlob(layer);
  const child = descriptorOf(OCI_MANIFEST, image);
  const blob = descriptorOf(LAYER, layer);
  for (const [manifests, message] of [
    [[child, { ...child, size: child.size - 1 }], /^manifests\[1\]\.size is \d+, but .* has \d+ bytes/],
    [
      [{ ...child, mediaType: DOCKER_MANIFEST }],
      /^manifests\[0\]\.mediaType is ".*docker.*", but .* was pushed as .*oci/,
    ],
    [[{ ...child, mediaType: LAYER }], /^manifests\[0\]\.mediaType is /],
    [[{ ...blob, size: 7 }], /^manifests\[0\]\.size is 7, but .* has 100 bytes/],
  ] as const) {
    const bytes = jsonOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
    const error = await refused(await repository.putManifest('1', bytes, OCI_INDEX), 400, 'MANIFEST_INVALID');
    assert.match(error.message, message);
  }
  const typed = { ...child, mediaType: OCI_MANIFEST.toUpperCase() };
  await repository.pushBlob(image);
  await repository.pushIndex([child, typed, { ...descriptorOf(LAYER, image) }, blob], 'held-as-both');
});

test('end-7a: an index whose children are not there is 400 MANIFEST_BLOB_UNKNOWN, naming each', async () => {
  const repository = await on.artifactRepository();
  const held = newManifest();
  await repository.putManifest(digestOf(held), held);
  const elsewhere = await on.repository().pushImage();
  const absent = { mediaType: OCI_MANIFEST, digest: absentDigest(), size: 1 };
  const manifests = [descriptorOf(OCI_MANIFEST, held), absent, elsewhere.descriptor];
  const index = jsonOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
  const { detail } = await refused(
    await repository.putManifest('1', index, OCI_INDEX),
    400,
    'MANIFEST_BLOB_UNKNOWN',
  );
  assert.deepEqual(detail.missing, [{ digest: absent.digest }, { digest: elsewhere.descriptor.digest }]);
});

test('end-7a: manifests of exactly 4 MiB are taken, one byte more is 413', async () => {
  const repository = await on.artifactRepository();
  const limit = 4 << 20;
  const sized = (size: number): Buffer => {
    const bytes = newManifest();
    return Buffer.concat([bytes, Buffer.alloc(size - bytes.length, ' ')]);
  };
  const largest = sized(limit);
  await answered(await repository.putManifest('1', largest), 201);
  await repository.assertServes('1', largest);
  await refused(await repository.putManifest('2', sized(limit + 1)), 413, 'SIZE_INVALID');
  assert.equal(await repository.statusOf('manifests/2'), 404);
});

test('end-7a: what is no manifest is 400 MANIFEST_INVALID with what to change', async () => {
  const repository = await on.artifactRepository();
  const config = descriptorOf(EMPTY, EMPTY_JSON);
  const deep = `{"schemaVersion":2,"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  for (const body of [
    '',
    '{',
    'null',
    '[]',
    '"x"',
    deep,
    Buffer.from([0x7b, 0xff, 0xfe, 0x7d]),
    '{"schemaVersion":2}',
    newManifest({ schemaVersion: 1 }),
    newManifest({ schemaVersion: '2' }),
    newManifest({ config: undefined }),
    newManifest({ layers: {} }),
    newManifest({ config: { ...config, digest: 'sha256:bad' } }),
    newManifest({ config: { ...config, size: -1 } }),
    newManifest({ config: { ...config, size: 1.5 } }),
    newManifest({ subject: { digest: 'x' } }),
    newManifest({ annotations: { a: 1 } }),
  ]) {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    await refused(await repository.putManifest('1', bytes), 400, 'MANIFEST_INVALID');
  }
  assert.equal(await repository.statusOf('manifests/1'), 404);
});

test('end-7a: an unknown field may be nested, but not so deep that no reader can be sure of it', async () => {
  const repository = await on.artifactRepository();
  const nested = (depth: number): Buffer =>
    Buffer.from(
      newManifest()
        .toString()
        .replace('{', `{"x":${'['.repeat(depth)}${']'.repeat(depth)},`),
    );
  await answered(await repository.putManifest('1', nested(30)), 201);
  await refused(await repository.putManifest('1', nested(1000)), 400, 'MANIFEST_INVALID');
});

test('GHSA-mc8v-mgrf-8f4m: bytes that two clients would read differently are refused', async () => {
  const repository = await on.artifactRepository();
  const text = newManifest().toString();
  for (const [bytes, type] of [
    [newManifest({ manifests: [] }), OCI_MANIFEST],
    [newManifest({ mediaType: OCI_INDEX, manifests: [] }), OCI_INDEX],
    [newManifest(), OCI_INDEX],
    [newManifest({ mediaType: OCI_INDEX }), OCI_MANIFEST],
    [newManifest(), 'application/json'],
    [newManifest({ Layers: [] }), OCI_MANIFEST],
    [Buffer.from(text.replace('{', '{"schemaVersion":2,')), OCI_MANIFEST],
    [Buffer.from(`\ufeff${text}`), OCI_MANIFEST],
  ] as const) {
    await refused(await repository.putManifest('1', bytes, type), 400, 'MANIFEST_INVALID');
  }
});

test('end-7a: schema 1 and the withdrawn artifact manifest are refused with what to push instead', async () => {
  const repository = await on.artifactRepository();
  for (const type of [
    'application/vnd.docker.distribution.manifest.v1+json',
    'application/vnd.docker.distribution.manifest.v1+prettyjws',
    'application/vnd.oci.artifact.manifest.v1+json',
  ]) {
    const response = await repository.putManifest('1', newManifest({ mediaType: type }), type);
    const { message } = await refused(response, 400, 'MANIFEST_INVALID');
    assert.match(message, /push/);
  }
});
