import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../../src/oci/digest.ts';
import { answered, assertHeaders, refused } from '../answers.ts';
import {
  absentDigest,
  type Descriptor,
  descriptorOf,
  EMPTY,
  EMPTY_JSON,
  jsonOf,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../content.ts';
import { stage, type TestRepository } from '../repository.ts';

const on = stage();

const SBOM = 'application/vnd.example.sbom+json';

interface Listed extends Descriptor {
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Attaches an artifact to `subject` and answers how it must be listed. */
const attach = async (
  repository: TestRepository,
  subject: Descriptor,
  fields: { artifactType?: string; annotations?: Record<string, string> } = { artifactType: SBOM },
): Promise<Listed> => {
  const config = descriptorOf(EMPTY, EMPTY_JSON);
  if ((await repository.statusOf(`blobs/${config.digest}`)) !== 200) await repository.pushBlob(EMPTY_JSON);
  const bytes = jsonOf({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config,
    layers: [],
    subject,
    ...fields,
  });
  const response = await answered(await repository.putManifest(digestOf(bytes), bytes), 201);
  assertHeaders(response, { 'oci-subject': subject.digest });
  return { ...descriptorOf(OCI_MANIFEST, bytes), artifactType: EMPTY, ...fields };
};

const list = async (repository: TestRepository, digest: string, query = '') => {
  const response = await answered(await repository.request('GET', `referrers/${digest}${query}`), 200);
  const text = await response.text();
  assertHeaders(response, { 'content-type': OCI_INDEX, 'content-length': String(Buffer.byteLength(text)) });
  const { manifests, ...rest } = JSON.parse(text) as { manifests: Listed[] };
  assert.deepEqual(rest, { schemaVersion: 2, mediaType: OCI_INDEX });
  return {
    manifests,
    filters: response.headers.get('oci-filters-applied'),
    link: response.headers.get('link'),
  };
};

const byDigest = (entries: readonly Listed[]): Listed[] =>
  entries.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));

test('end-12a: referrers are an index of descriptors with mediaType, digest, size, artifactType and annotations', async () => {
  const repository = on.repository();
  const { descriptor } = await repository.pushImage('1');
  const expected = [
    await attach(repository, descriptor, { artifactType: SBOM, annotations: { a: 'b', 'ü"': '\u2028' } }),
    await attach(repository, descriptor, { artifactType: 'application/vnd.example.signature' }),
    await attach(repository, descriptor, {}),
  ];
  const { manifests, filters, link } = await list(repository, descriptor.digest);
  assert.deepEqual(byDigest(manifests), byDigest(expected));
  assert.equal(filters, null);
  assert.equal(link, null);
});

test('end-12a: the referrers of what is not there are an empty index: subject, repository, and @sigstore/oci’s all zero digest', async () => {
  const repository = on.repository();
  assert.deepEqual((await list(repository, absentDigest())).manifests, []);
  await repository.pushImage('1');
  for (const digest of [absentDigest(), absentDigest('sha512'), `sha256:${'0'.repeat(64)}`]) {
    assert.deepEqual((await list(repository, digest)).manifests, []);
  }
});

test('end-12a: a malformed digest or a tag is 400 DIGEST_INVALID', async () => {
  const repository = on.repository();
  await repository.pushImage('1');
  for (const digest of ['1', 'sha256:bad', `sha256-${'a'.repeat(64)}`, '']) {
    await refused(await repository.request('GET', `referrers/${digest}`), 400, 'DIGEST_INVALID');
  }
});

test('end-12b: artifactType filters strictly and OCI-Filters-Applied says so, also when nothing is left', async () => {
  const repository = on.repository();
  const { descriptor } = await repository.pushImage('1');
  const sbom = await attach(repository, descriptor);
  await attach(repository, descriptor, { artifactType: 'application/vnd.example.signature' });
  for (const [type, expected] of [
    [SBOM, [sbom]],
    ['application/vnd.example', []],
    [`${SBOM}x`, []],
    ['%', []],
    ['a\0', []],
    ['ü', []],
  ] as const) {
    const found = await list(repository, descriptor.digest, `?artifactType=${encodeURIComponent(type)}`);
    assert.deepEqual(found.manifests, expected, type);
    assert.equal(found.filters, 'artifactType');
  }
});

test('end-12a: artifactType is the manifest’s own, else the config’s type for images, and none for an index', async () => {
  const repository = on.repository();
  const { descriptor } = await repository.pushImage('1');
  const image = await repository.pushImage(undefined, { subject: descriptor });
  const index = jsonOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], subject: descriptor });
  await answered(await repository.putManifest(digestOf(index), index, OCI_INDEX), 201);
  const typed = jsonOf({
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    artifactType: SBOM,
    manifests: [],
    subject: descriptor,
  });
  await answered(await repository.putManifest('typed', typed, OCI_INDEX), 201);
  const { manifests } = await list(repository, descriptor.digest);
  assert.deepEqual(
    byDigest(manifests),
    byDigest([
      { ...image.descriptor, artifactType: image.config.mediaType },
      descriptorOf(OCI_INDEX, index),
      { ...descriptorOf(OCI_INDEX, typed), artifactType: SBOM },
    ]),
  );
});

test('end-7a: a subject that is not there is accepted, with OCI-Subject, and is listed before and after it comes', async () => {
  const repository = on.repository();
  const other = on.repository();
  const { bytes, config, layers, descriptor } = await other.pushImage('1');
  const entry = await attach(repository, descriptor);
  assert.deepEqual((await list(repository, descriptor.digest)).manifests, [entry]);
  for (const { digest } of [config, ...layers]) {
    await repository.request('POST', `blobs/uploads/?mount=${digest}&from=${other.name}`);
  }
  await answered(await repository.putManifest('1', bytes), 201);
  assert.deepEqual((await list(repository, descriptor.digest)).manifests, [entry]);
  assert.deepEqual((await list(other, descriptor.digest)).manifests, [], 'of its own repository alone');
});

test('end-7a: OCI-Subject comes with every push of a manifest with a subject, also the second', async () => {
  const repository = on.repository();
  const { descriptor } = await repository.pushImage('1');
  const first = await attach(repository, descriptor);
  assert.deepEqual(await attach(repository, descriptor), first);
  assert.equal((await list(repository, descriptor.digest)).manifests.length, 1);
});

test('end-12a: a sha512 subject has its referrers under that digest', async () => {
  const repository = on.repository();
  const subject = { mediaType: OCI_MANIFEST, digest: absentDigest('sha512'), size: 10 };
  const entry = await attach(repository, subject);
  assert.deepEqual((await list(repository, subject.digest)).manifests, [entry]);
});

test('end-9: a deleted referrer is gone from the list at once; so are all with their subject', async () => {
  const repository = on.repository();
  const { descriptor } = await repository.pushImage('1');
  const [gone, stays] = [await attach(repository, descriptor), await attach(repository, descriptor, {})];
  assert.equal((await list(repository, descriptor.digest)).manifests.length, 2);
  await answered(await repository.request('DELETE', `manifests/${gone.digest}`), 202);
  assert.deepEqual((await list(repository, descriptor.digest)).manifests, [stays]);
  await answered(await repository.request('DELETE', `manifests/${descriptor.digest}`), 202);
  assert.deepEqual((await list(repository, descriptor.digest)).manifests, []);
});

test('end-12a: listing needs the scope pull', async () => {
  const repository = on.repository();
  await refused(await repository.as('push', 'GET', `referrers/${absentDigest()}`), 401, 'UNAUTHORIZED');
});

/** What a client does: follows Link until there is none. Answers the pages. */
const pagesOf = async (repository: TestRepository, digest: string, query = ''): Promise<Listed[][]> => {
  const pages: Listed[][] = [];
  let next: string | undefined = `/v2/${repository.name}/referrers/${digest}${query}`;
  while (next !== undefined) {
    const response: Response = await answered(await repository.request('GET', next), 200);
    assert.ok(Number(response.headers.get('content-length')) <= 4 << 20, 'clients refuse a longer index');
    pages.push(((await response.json()) as { manifests: Listed[] }).manifests);
    next = /^<(\/v2\/[^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
    assert.ok(pages.length < 20, 'the pages never end');
  }
  return pages;
};

test('end-12a: a list above 4 MiB comes in pages with Link, the filter kept', async () => {
  const repository = on.repository();
  const { descriptor } = await repository.pushImage('1');
  const expected: Listed[] = [];
  for (let index = 0; index < 5; index += 1) {
    const annotations = { a: String(index).repeat(1_500_000) };
    expected.push(await attach(repository, descriptor, { artifactType: SBOM, annotations }));
    await attach(repository, descriptor, { artifactType: 'other', annotations: { a: String(index) } });
  }
  const pages = await pagesOf(repository, descriptor.digest, `?artifactType=${encodeURIComponent(SBOM)}`);
  assert.deepEqual(
    pages.map(({ length }) => length),
    [2, 2, 1],
  );
  assert.deepEqual(pages.flat(), byDigest(expected));
});

test('end-12a: more than 1000 referrers come in pages with Link', async () => {
  const repository = on.repository();
  const { descriptor } = await repository.pushImage('1');
  await attach(repository, descriptor);
  for (let pushed = 1; pushed < 1005; pushed += 4) {
    await Promise.all(
      [0, 1, 2, 3].map((index) =>
        attach(repository, descriptor, { annotations: { index: String(pushed + index) } }),
      ),
    );
  }
  const pages = await pagesOf(repository, descriptor.digest);
  assert.deepEqual(
    pages.map(({ length }) => length),
    [1000, 5],
  );
  assert.equal(new Set(pages.flat().map(({ digest }) => digest)).size, 1005);
});

/** The tag under which clients of registries without the API keep what refers to a digest. */
const fallbackTag = (digest: string): string => digest.replace(':', '-').slice(0, 'sha256-'.length + 64);

test('end-12a: under a fallback tag, only manifests that name the subject are its referrers; the others it lists are not', async () => {
  const repository = on.repository();
  const { descriptor } = await repository.pushImage('1');
  const attached = await attach(repository, descriptor);
  const { descriptor: other } = await repository.pushImage();
  const elsewhere = await attach(repository, other);
  const tag = fallbackTag(descriptor.digest);
  const entries = [attached, other, elsewhere].map(({ mediaType, digest, size }) => ({
    mediaType,
    digest,
    size,
  }));
  await repository.pushIndex([...entries, ...entries], tag);
  assert.deepEqual((await list(repository, descriptor.digest)).manifests, [attached]);
  const filtered = await list(repository, descriptor.digest, `?artifactType=${encodeURIComponent(SBOM)}`);
  assert.deepEqual(filtered.manifests, [attached]);
  assert.deepEqual(await repository.tags(), ['1', tag], 'the fallback tag stays a tag like others');
});

test('end-12a: an index that is tagged after its own digest, as cosign copies it, has no referrers among its platforms', async () => {
  const repository = on.repository();
  const platforms = [await repository.pushImage(), await repository.pushImage()];
  const manifests = platforms.map(({ descriptor }) => descriptor);
  const bytes = jsonOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
  const index = descriptorOf(OCI_INDEX, bytes);
  for (const tag of ['latest', fallbackTag(index.digest)])
    await answered(await repository.putManifest(tag, bytes, OCI_INDEX), 201);
  assert.deepEqual((await list(repository, index.digest)).manifests, []);
  const signature = await attach(repository, index);
  assert.deepEqual((await list(repository, index.digest)).manifests, [signature]);
});

test('end-12a: the fallback tag of a sha512 subject is read the same way', async () => {
  const repository = on.repository();
  const { descriptor: image } = await repository.pushImage();
  const long = absentDigest('sha512');
  await repository.pushIndex([image], fallbackTag(long));
  assert.deepEqual((await list(repository, long)).manifests, []);
});

test('end-12b: a + that a client left bare in artifactType, which a query reads as a space, is a + again', async () => {
  const repository = on.repository();
  const { descriptor } = await repository.pushImage('1');
  const spdx = await attach(repository, descriptor, { artifactType: 'application/spdx+json' });
  for (const typed of ['application/spdx+json', 'application/spdx%2Bjson', 'application/spdx%20json']) {
    const found = await list(repository, descriptor.digest, `?artifactType=${typed}`);
    assert.deepEqual(found.manifests, [spdx], typed);
    assert.equal(found.filters, 'artifactType');
  }
  const typed = 'text/plain; charset=utf-8';
  const plain = await attach(repository, descriptor, { artifactType: typed });
  const found = await list(repository, descriptor.digest, `?artifactType=${encodeURIComponent(typed)}`);
  assert.deepEqual(found.manifests, [plain], 'spaces of a parameter stay');
});

test('end-12b: an empty artifactType is no filter, and no filter is said to be applied', async () => {
  const repository = on.repository();
  const { descriptor } = await repository.pushImage('1');
  const entry = await attach(repository, descriptor);
  const { manifests, filters } = await list(repository, descriptor.digest, '?artifactType=');
  assert.deepEqual([manifests, filters], [[entry], null]);
});
