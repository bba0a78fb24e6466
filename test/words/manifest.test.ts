import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RegistryError } from '../../src/errors.ts';
import { digestOf } from '../../src/oci/digest.ts';
import {
  contentsOf,
  imageSize,
  MANIFEST_LIMIT,
  parseManifest,
  parseStoredManifest,
  requiredBlobs,
} from '../../src/oci/manifest.ts';
import { MANIFEST_TYPES, MEDIA_TYPES } from '../../src/oci/media-type.ts';

const { ociManifest, ociIndex, dockerManifest, dockerList } = MEDIA_TYPES;

const descriptor = (text: string, mediaType: string = MEDIA_TYPES.octetStream) => ({
  mediaType,
  digest: digestOf(Buffer.from(text)),
  size: text.length,
});
const config = descriptor('config', MEDIA_TYPES.ociConfig);
const layer = descriptor('layer', 'application/vnd.oci.image.layer.v1.tar+gzip');
const child = descriptor('child', ociManifest);
const image = { schemaVersion: 2, mediaType: ociManifest, config, layers: [layer] };
const index = { schemaVersion: 2, mediaType: ociIndex, manifests: [child] };

const parse = (body: unknown, contentType?: string) =>
  parseManifest(Buffer.from(JSON.stringify(body)), contentType);
const without = <T extends object>(body: T, ...fields: (keyof T)[]) =>
  Object.fromEntries(Object.entries(body).filter(([field]) => !fields.includes(field as keyof T)));

const isRefused =
  (message: RegExp, code = 'MANIFEST_INVALID') =>
  (error: unknown) => {
    assert.ok(error instanceof RegistryError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };

test('end-7: an image is read with its config, layers, subject and annotations', () => {
  const subject = descriptor('subject', ociManifest);
  assert.deepEqual(parse({ ...image, subject, annotations: { a: 'b' } }, ociManifest), {
    mediaType: ociManifest,
    kind: 'image',
    artifactType: MEDIA_TYPES.ociConfig,
    config,
    layers: [layer],
    children: [],
    subject,
    annotations: { a: 'b' },
  });
});

test('end-7: an index is read with its children', () => {
  assert.deepEqual(parse(index, ociIndex), {
    mediaType: ociIndex,
    kind: 'index',
    artifactType: undefined,
    config: undefined,
    layers: [],
    children: [child],
    subject: undefined,
    annotations: {},
  });
});

for (const [what, body] of [
  ['an image without layers', { ...image, layers: [] }],
  ['an image whose layers are null, as Go writes none', { ...image, layers: null }],
  ['an empty index', { ...index, manifests: [] }],
  ['an empty index whose list is null', { ...index, manifests: null }],
  ['an index of an index', { ...index, manifests: [descriptor('x', ociIndex)] }],
  ['an index of blobs (BuildKit cache)', { ...index, manifests: [layer, config] }],
  ['unknown fields', { ...image, 'org.example': [{ a: 1 }], config: { ...config, extra: true } }],
  ['an unknown config type', { ...image, config: descriptor('c', 'application/vnd.example.unheard-of') }],
  ['a null subject', { ...image, subject: null, annotations: null }],
  ['a descriptor with data', { ...image, config: { ...config, data: 'Y29uZmln' } }],
  ['a foreign layer', { ...image, layers: [{ ...layer, urls: ['https://example.com/l'] }] }],
] as const) {
  test(`end-7: ${what} is accepted`, () => {
    assert.equal(parse(body, body.mediaType).mediaType, body.mediaType);
  });
}

for (const [body, expected] of [
  [image, MEDIA_TYPES.ociConfig],
  [{ ...image, artifactType: 'application/x' }, 'application/x'],
  [{ ...image, artifactType: '' }, MEDIA_TYPES.ociConfig],
  [index, undefined],
  [{ ...index, artifactType: 'application/x' }, 'application/x'],
] as const) {
  test(`end-12: ${body.mediaType} with artifactType ${JSON.stringify('artifactType' in body ? body.artifactType : undefined)} is listed as ${expected}`, () => {
    assert.equal(parse(body).artifactType, expected);
  });
}

for (const mediaType of MANIFEST_TYPES) {
  const isList = mediaType === ociIndex || mediaType === dockerList;
  const body = without(isList ? index : image, 'mediaType');

  test(`end-7: ${mediaType} is taken from Content-Type alone, whatever its parameters and case`, () => {
    assert.equal(parse(body, `${mediaType.toUpperCase()}; charset=utf-8`).mediaType, mediaType);
    assert.equal(parse(body, mediaType).kind, isList ? 'index' : 'image');
  });

  test(`end-7: ${mediaType} is taken from the body alone`, () => {
    assert.equal(parse({ ...body, mediaType }).mediaType, mediaType);
    assert.equal(parse({ ...body, mediaType }, '').mediaType, mediaType);
  });

  test(`end-7: ${mediaType} in the body and any other Content-Type is refused`, () => {
    for (const other of [
      ...MANIFEST_TYPES.filter((type) => type !== mediaType),
      'application/json',
      'nonsense',
    ])
      assert.throws(() => parse({ ...body, mediaType }, other), isRefused(/differ; make them equal/));
  });
}

test('end-7: without any type, manifests make an index, config and layers an image', () => {
  assert.equal(parse(without(index, 'mediaType')).mediaType, ociIndex);
  assert.equal(parse(without(image, 'mediaType')).mediaType, ociManifest);
});

for (const [what, body] of [
  ['nothing', { schemaVersion: 2 }],
  ['a config alone', { schemaVersion: 2, config }],
  ['layers alone', { schemaVersion: 2, layers: [] }],
] as const) {
  test(`end-7: without any type, ${what} is refused`, () => {
    assert.throws(() => parse(body), isRefused(/no media type/));
  });
}

for (const contentType of [
  'application/json',
  'text/plain',
  'x',
  'application/vnd.oci.image.config.v1+json',
]) {
  test(`end-7: Content-Type ${contentType} is no manifest and the answer lists the types`, () => {
    assert.throws(
      () => parse(without(image, 'mediaType'), contentType),
      isRefused(/use one of .*oci\.image\.manifest/),
    );
  });
}

for (const mediaType of [
  'application/vnd.docker.distribution.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
]) {
  test(`end-7: schema 1 is refused with what to push instead (${mediaType})`, () => {
    assert.throws(() => parse({ schemaVersion: 1, fsLayers: [] }, mediaType), isRefused(/schema 2 or OCI/));
    assert.throws(() => parse({ ...image, mediaType }), isRefused(/schema 2 or OCI/));
  });
}

test('end-7: schema 1 is recognised by its body', () => {
  assert.throws(() => parse({ schemaVersion: 1, fsLayers: [] }), isRefused(/schema 2 or OCI/));
  assert.throws(() => parse({ ...image, fsLayers: [] }, ociManifest), isRefused(/schema 2 or OCI/));
});

test('end-7: the withdrawn artifact manifest is refused with what to push instead', () => {
  const mediaType = 'application/vnd.oci.artifact.manifest.v1+json';
  assert.throws(() => parse({ mediaType, blobs: [] }), isRefused(/withdrawn.*artifactType/));
  assert.throws(() => parse({ blobs: [] }, mediaType), isRefused(/withdrawn.*artifactType/));
});

for (const [what, body, message] of [
  ['an index with layers', { ...index, layers: [] }, /index must not have the field "layers"/],
  ['an index with a config', { ...index, config }, /index must not have the field "config"/],
  ['an index with null layers', { ...index, layers: null }, /index must not have the field "layers"/],
  [
    'an image with manifests',
    { ...image, manifests: [] },
    /image manifest must not have the field "manifests"/,
  ],
  ['both without a type', { ...without(image, 'mediaType'), manifests: [] }, /index must not have/],
  ['a field in other case', { ...image, Layers: [] }, /"Layers" that some clients read as "layers"/],
  ['an index type in other case', { ...image, MediaType: ociIndex }, /"MediaType" that some clients read/],
  [
    'a digest in other case',
    { ...image, config: { ...config, Digest: layer.digest } },
    /^config has a field "Digest"/,
  ],
] as const) {
  test(`GHSA-mc8v-mgrf-8f4m: ${what} is refused, since two clients could read two images`, () => {
    assert.throws(() => parse(body), isRefused(message));
  });
}

test('GHSA-mc8v-mgrf-8f4m: a field given twice is refused, at the top and in descriptors', () => {
  const text = JSON.stringify(image);
  for (const twice of [
    text.replace('"layers"', '"layers":[],"layers"'),
    text.replace('"mediaType"', `"mediaType":"${ociIndex}","mediaType"`),
    text.replace('"layers"', '"layer\\u0073":[],"layers"'),
    text.replaceAll('"digest"', `"digest":"${child.digest}","digest"`),
  ])
    assert.throws(() => parseManifest(Buffer.from(twice), ociManifest), isRefused(/twice/));
});

for (const [what, body, message] of [
  ['no schemaVersion', without(image, 'schemaVersion'), /schemaVersion must be 2/],
  ['schemaVersion 3', { ...image, schemaVersion: 3 }, /schemaVersion must be 2/],
  ['schemaVersion "2"', { ...image, schemaVersion: '2' }, /schemaVersion must be 2/],
  ['a mediaType that is no string', { ...image, mediaType: 7 }, /^mediaType must be/],
  ['no config', without(image, 'config'), /^config must be a descriptor/],
  ['no layers', without(image, 'layers'), /^layers must be an array/],
  ['layers that are no list', { ...image, layers: {} }, /^layers must be an array/],
  ['a layer that is no descriptor', { ...image, layers: [layer, 'x'] }, /^layers\[1\] must be a descriptor/],
  ['a bad digest', { ...image, layers: [{ ...layer, digest: 'sha256:x' }] }, /^layers\[0\]\.digest must be/],
  ['no manifests', without(index, 'manifests'), /^manifests must be an array/],
  ['a bad child', { ...index, manifests: [{ ...child, size: -1 }] }, /^manifests\[0\]\.size must be/],
  ['a bad subject', { ...image, subject: { ...child, digest: '' } }, /^subject\.digest must be/],
  ['a subject that is no descriptor', { ...image, subject: child.digest }, /^subject must be a descriptor/],
  [
    'an annotation that is no string',
    { ...image, annotations: { a: 1 } },
    /^annotations\["a"\] must be a string/,
  ],
  ['an artifactType that is no string', { ...image, artifactType: {} }, /^artifactType must be/],
  ['an artifactType with a control character', { ...image, artifactType: 'a\0' }, /^artifactType must be/],
  ['a list', [image], /must be a JSON object/],
  ['null', null, /must be a JSON object/],
] as const) {
  test(`end-7: ${what} is refused with MANIFEST_INVALID and the place`, () => {
    const type = 'manifests' in (body ?? {}) || what === 'no manifests' ? ociIndex : ociManifest;
    assert.throws(() => parse(body, what.startsWith('a mediaType') ? undefined : type), isRefused(message));
  });
}

test('end-7: bytes that are no UTF-8 are refused', () => {
  const bytes = Buffer.from(JSON.stringify({ ...image, annotations: { a: '@' } }));
  bytes[bytes.indexOf('@')] = 0xff;
  assert.throws(() => parseManifest(bytes, ociManifest), isRefused(/UTF-8/));
});

test('end-7: 4 MiB are accepted, one byte more is 413', () => {
  const sized = (size: number) => {
    const text = JSON.stringify({ ...image, annotations: { a: '' } });
    return Buffer.from(text.replace('"a":""', `"a":"${'x'.repeat(size - text.length)}"`));
  };
  assert.equal(sized(MANIFEST_LIMIT).length, 4 * 1024 * 1024);
  assert.equal(parseManifest(sized(MANIFEST_LIMIT), ociManifest).kind, 'image');
  assert.throws(
    () => parseManifest(sized(MANIFEST_LIMIT + 1), ociManifest),
    isRefused(/4 MiB/, 'MANIFEST_TOO_LARGE'),
  );
});

test('end-7: a manifest refers to a thousand blobs or manifests at most, layers kept elsewhere included', () => {
  const layers = Array.from({ length: 999 }, (_, at) => ({ ...descriptor(`l${at}`), urls: ['https://x'] }));
  assert.equal(parse({ ...image, layers }).layers.length, 999);
  const children = Array.from({ length: 1000 }, (_, at) => descriptor(`c${at}`, ociManifest));
  assert.equal(parse({ ...index, manifests: children }).children.length, 1000);
  for (const body of [
    { ...image, layers: [...layers, layer] },
    { ...index, manifests: [...children, child] },
  ]) {
    assert.throws(() => parse(body), isRefused(/refers to 1001 blobs and manifests/));
    const stored = parseStoredManifest(Buffer.from(JSON.stringify(body)), body.mediaType);
    assert.equal(contentsOf(stored).length, 1001, 'what was stored before the limit is read');
  }
});

test('end-7: the sizes of a manifest add up to 8 TiB at most, so that every sum of sizes is exact', () => {
  const sized = (size: number) => ({ ...layer, size });
  assert.equal(imageSize(parse({ ...image, layers: [sized(2 ** 43 - config.size)] })), 2 ** 43);
  const most = Number.MAX_SAFE_INTEGER;
  for (const body of [
    { ...image, layers: [sized(2 ** 43)] },
    { ...image, layers: [sized(most), sized(most), sized(most)] },
    { ...index, manifests: [{ ...child, size: most }] },
  ])
    assert.throws(() => parse(body), isRefused(/add up to more than 8 TiB/));
});

test('end-7: a manifest holds 20000 values at most, whatever its unknown fields are', () => {
  const values = (count: number) => ({ ...image, 'org.example': Array.from({ length: count }, () => ({})) });
  assert.doesNotThrow(() => parse(values(19_900)));
  assert.throws(() => parse(values(20_000)), isRefused(/more than 20000 values/));
});

test('end-7: an annotation named __proto__ is an annotation', () => {
  const text = JSON.stringify(image).replace('{', '{"annotations":{"__proto__":"x"},');
  assert.deepEqual(Object.entries(parseManifest(Buffer.from(text), undefined).annotations), [
    ['__proto__', 'x'],
  ]);
});

test('end-7: required are config and layers, but no layer that is foreign or lies elsewhere', () => {
  const foreign = descriptor('f', 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip');
  const elsewhere = { ...descriptor('e'), urls: ['https://example.com/e'] };
  const manifest = parse({ ...image, layers: [layer, foreign, elsewhere, { ...layer, urls: [] }] });
  assert.deepEqual(requiredBlobs(manifest), [config, layer]);
});

test('end-7: a config is required even with urls or a foreign type', () => {
  const odd = {
    ...descriptor('c', 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'),
    urls: ['https://example.com/c'],
  };
  assert.deepEqual(requiredBlobs(parse({ ...image, config: odd, layers: [] })), [odd]);
});

test('end-7: an index and its subject require no blobs', () => {
  assert.deepEqual(requiredBlobs(parse({ ...index, subject: layer })), []);
});

const anyDescriptor = fc.oneof(
  fc.record({
    mediaType: fc.constantFrom('a/b', ociManifest),
    digest: fc.constant(layer.digest),
    size: fc.nat(),
  }),
  fc.jsonValue({ maxDepth: 2 }),
);
const anyBody = fc.record(
  {
    schemaVersion: fc.constantFrom(2, 2, 2, 1),
    mediaType: fc.constantFrom<unknown>(...MANIFEST_TYPES, '', 3),
    config: anyDescriptor,
    layers: fc.oneof(fc.array(anyDescriptor, { maxLength: 3 }), fc.jsonValue()),
    manifests: fc.oneof(fc.array(anyDescriptor, { maxLength: 3 }), fc.jsonValue()),
    subject: anyDescriptor,
    annotations: fc.oneof(fc.dictionary(fc.string(), fc.string()), fc.jsonValue()),
    artifactType: fc.jsonValue(),
  },
  { requiredKeys: ['schemaVersion'] },
);

test('end-7: any body is one kind of manifest, complete for that kind, or MANIFEST_INVALID', () => {
  const contentType = fc.option(fc.constantFrom(...MANIFEST_TYPES, 'application/json'), { nil: undefined });
  fc.assert(
    fc.property(fc.oneof({ weight: 4, arbitrary: anyBody }, fc.jsonValue()), contentType, (body, type) => {
      try {
        const manifest = parse(body, type);
        assert.ok(MANIFEST_TYPES.includes(manifest.mediaType));
        assert.equal(manifest.mediaType, type ?? manifest.mediaType);
        assert.equal(manifest.config !== undefined, manifest.kind === 'image');
        assert.ok((manifest.kind === 'image' ? manifest.children : manifest.layers).length === 0);
        assert.ok(requiredBlobs(manifest).length <= manifest.layers.length + 1);
      } catch (error) {
        isRefused(/./)(error);
      }
    }),
    { numRuns: 3000 },
  );
});

test('end-7: any bytes with any Content-Type throw nothing but RegistryError', () => {
  fc.assert(
    fc.property(
      fc.uint8Array(),
      fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
      (bytes, type) => {
        assert.throws(() => parseManifest(bytes, type), RegistryError);
      },
    ),
  );
});

test('end-7: Docker types read like their OCI counterparts', () => {
  const { mediaType: _, ...rest } = parse({ ...image, mediaType: dockerManifest });
  const { mediaType: __, ...same } = parse(image);
  assert.deepEqual(rest, same);
});
