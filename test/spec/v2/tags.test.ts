import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { answered, assertHeaders, refused } from '../answers.ts';
import { stage, type TestRepository } from '../repository.ts';

const on = stage();

interface Page {
  readonly tags: string[];
  readonly link: string | null;
}

const pageOf = async (repository: TestRepository, query: string): Promise<Page> => {
  const path = query.startsWith('/') ? query : `tags/list${query}`;
  const response = await answered(await repository.request('GET', path), 200);
  const { name, tags } = (await response.json()) as { name: string; tags: string[] };
  assert.equal(name, repository.name);
  return { tags, link: response.headers.get('link') };
};

/** A repository with one image under each of these tags. */
const tagged = async (tags: readonly string[]): Promise<TestRepository> => {
  const repository = on.repository();
  const [first = '1', ...more] = tags;
  const { bytes } = await repository.pushImage(first);
  for (const tag of more) await answered(await repository.putManifest(tag, bytes), 201);
  return repository;
};

/** What a client does: follows Link until there is none. */
const walk = async (repository: TestRepository, query: string): Promise<string[]> => {
  const found: string[] = [];
  for (let next: string | undefined = query; next !== undefined; ) {
    const { tags, link }: Page = await pageOf(repository, next);
    found.push(...tags);
    next = link === null ? undefined : /^<(\/v2\/[^>]+)>; rel="next"$/.exec(link)?.[1];
    assert.equal(next === undefined, link === null, `a Link no client reads: ${link}`);
    assert.ok(found.length < 1000, 'the pages never end');
  }
  return found;
};

test('end-8: tags/list has the repository’s name and its tags, as JSON without a charset', async () => {
  const repository = await tagged(['1']);
  const response = await answered(await repository.request('GET', 'tags/list'), 200);
  const text = await response.text();
  assertHeaders(response, {
    'content-type': 'application/json',
    'content-length': String(text.length),
    link: null,
  });
  assert.deepEqual(JSON.parse(text), { name: repository.name, tags: ['1'] });
});

test('end-8: tags are sorted by bytes', async () => {
  const tags = ['b', 'a', 'B', '_', 'a-', 'a.1', 'a_', '10', '9', 'Z', 'a10', 'a9'];
  assert.deepEqual(await (await tagged(tags)).tags(), tags.toSorted());
});

test('end-8: a repository without tags has an empty list, not null and not a 404', async () => {
  const repository = on.repository();
  await repository.pushImage();
  const response = await repository.request('GET', 'tags/list');
  assert.equal(await response.text(), `{"name":"${repository.name}","tags":[]}`);
});

test('end-8: an unknown repository is 404 NAME_UNKNOWN', async () => {
  await refused(await on.repository().request('GET', 'tags/list'), 404, 'NAME_UNKNOWN');
});

test('end-8a: n limits the page, and Link leads to the next one, with n', async () => {
  const repository = await tagged(['a', 'b', 'c', 'd', 'e']);
  const path = `/v2/${repository.name}/tags/list`;
  assert.deepEqual(await pageOf(repository, '?n=2'), {
    tags: ['a', 'b'],
    link: `<${path}?n=2&last=b>; rel="next"`,
  });
  assert.deepEqual(await pageOf(repository, '?n=2&last=b'), {
    tags: ['c', 'd'],
    link: `<${path}?n=2&last=d>; rel="next"`,
  });
  assert.deepEqual(await pageOf(repository, '?n=2&last=d'), { tags: ['e'], link: null });
  assert.deepEqual(await pageOf(repository, '?n=5'), { tags: ['a', 'b', 'c', 'd', 'e'], link: null });
});

test('end-8a: n=0 is an empty list without Link', async () => {
  const repository = await tagged(['a', 'b']);
  for (const query of ['?n=0', '?n=0&last=a', '?n=000']) {
    assert.deepEqual(await pageOf(repository, query), { tags: [], link: null });
  }
});

test('end-8b: last is exclusive, needs no n and need not exist', async () => {
  const repository = await tagged(['a', 'c', 'e']);
  for (const [query, tags] of [
    ['?last=a', ['c', 'e']],
    ['?last=b', ['c', 'e']],
    ['?last=', ['a', 'c', 'e']],
    ['?last=e', []],
    ['?last=zzz', []],
    ['?last=b&n=1', ['c']],
    ['?last=%00', ['a', 'c', 'e']],
    ['?last=%F0%9F%90%A6', []],
    [`?last=${'z'.repeat(5000)}`, []],
  ] as const) {
    assert.deepEqual((await pageOf(repository, query)).tags, tags, query);
  }
});

test('CVE-2023-2253: a huge n is a page of the registry’s own size', async () => {
  const repository = await tagged(['a', 'b']);
  for (const n of ['1001', '2147483648', '9007199254740993', '9'.repeat(400)]) {
    assert.deepEqual(await pageOf(repository, `?n=${n}`), { tags: ['a', 'b'], link: null });
  }
});

test('end-8a: more than 1000 tags come in pages, with and without n', async () => {
  const repository = on.repository();
  const { bytes, descriptor } = await repository.pushImage();
  const tags = Array.from({ length: 1010 }, (_, index) => `t${String(index).padStart(4, '0')}`);
  for (let at = 0; at < tags.length; at += 10) {
    const query = tags.slice(at, at + 10).map((tag) => `tag=${tag}`);
    const reference = `${descriptor.digest}?${query.join('&')}`;
    await answered(await repository.putManifest(reference, bytes), 201);
  }
  for (const query of ['', '?n=5000']) {
    const { tags: page, link } = await pageOf(repository, query);
    assert.deepEqual(page, tags.slice(0, 1000));
    assert.match(link ?? '', /n=1000&last=t0999>; rel="next"$/);
    const next = /^<([^>]+)>/.exec(link ?? '')?.[1] ?? '';
    assert.deepEqual(await pageOf(repository, next), { tags: tags.slice(1000), link: null });
  }
});

test('end-8a: an n that is negative or no number is 400', async () => {
  const repository = await tagged(['a']);
  for (const n of ['-1', 'x', '1.5', '1e3', '0x10', ' 1', '+1', '1,2', 'NaN', '%00']) {
    await refused(await repository.request('GET', `tags/list?n=${n}`), 400, 'UNSUPPORTED');
  }
});

test('end-8b: whatever the page size, following Link gives every tag once and in order', async () => {
  const tag = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,20}$/);
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(tag, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 9 }),
      async (tags, n) => {
        const repository = await tagged(tags);
        assert.deepEqual(await walk(repository, `?n=${n}`), tags.toSorted());
      },
    ),
    { numRuns: 15 },
  );
});

test('oras-go #1396: the tags clients keep attachments under are ordinary tags in the list', async () => {
  const hex = 'a'.repeat(64);
  const tags = [`sha256-${hex}`, `sha256-${hex}.sig`, `sha512-${hex}`];
  const repository = await tagged(tags);
  assert.deepEqual(await repository.tags(), tags);
  for (const tag of tags) assert.equal(await repository.statusOf(`manifests/${tag}`), 200);
});

test('end-8: listing needs the scope pull', async () => {
  const repository = await tagged(['a']);
  await refused(await repository.as('push', 'GET', 'tags/list'), 401, 'UNAUTHORIZED');
  await answered(await repository.as('pull', 'GET', 'tags/list'), 200);
});
