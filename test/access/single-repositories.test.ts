import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newBytes } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { Caller } from './caller.ts';
import { type Holder, Identities } from './identities.ts';
import { onNamespace, v2Policy } from './policy-documents.ts';

let registry: TestRegistry;
let identities: Identities;
/** May read birds/a and birds/c and nothing else of birds, and all of trees; may push to trees alone. */
let ci: Holder;

const as = (method: string, path: string): Promise<Response> =>
  registry.v2(method, path, { headers: { Authorization: basic('iamapikey', ci.apikey) } });

const push = (repository: string): Promise<string> =>
  new TestRepository(registry, repository).pushBlob(newBytes());

before(async () => {
  registry = await TestRegistry.start();
  identities = new Identities(registry);
  for (const namespace of ['birds', 'trees']) await registry.namespaceAdd(namespace);
  ci = await identities.serviceId();
  const owner = await Caller.login(registry);
  for (const [role, attributes] of [
    ['Reader', { ...onNamespace('birds'), repository: 'birds/a' }],
    ['Reader', { ...onNamespace('birds'), repository: 'birds/c' }],
    ['Manager', onNamespace('trees')],
  ] as const) {
    const { status, body } = await owner.post(
      '/v2/policies',
      v2Policy(ci.iamId, role, registry.accountId, attributes),
    );
    assert.equal(status, 201, JSON.stringify(body));
  }
});

after(async () => {
  await registry[Symbol.asyncDispose]();
});

test('end-11: a mount, with a source or without, comes from the single repositories a policy opens, and from no other', async () => {
  const [open, shut] = [await push('birds/a'), await push('birds/b')];
  assert.equal((await as('POST', `trees/x/blobs/uploads/?mount=${open}`)).status, 201);
  assert.equal((await as('POST', `trees/y/blobs/uploads/?mount=${open}&from=birds/a`)).status, 201);
  assert.equal((await as('POST', `trees/x/blobs/uploads/?mount=${shut}`)).status, 202);
  assert.equal((await as('POST', `trees/x/blobs/uploads/?mount=${shut}&from=birds/b`)).status, 202);
  assert.equal((await as('HEAD', `trees/x/blobs/${shut}`)).status, 404);
  const path = `birds/c/blobs/uploads/?digest=${shut}&mount=${shut}`;
  assert.equal((await as('POST', path)).status, 401, 'a reader pushes nothing');
});

test('catalog: single repositories a policy opens are listed among those of whole namespaces, page by page', async () => {
  for (const name of ['birds/a', 'birds/b', 'birds/c', 'trees/a', 'trees/b']) await push(name);
  const list = async (query: string): Promise<string[]> => {
    const response = await as('GET', `_catalog?${query}`);
    assert.equal(response.status, 200);
    return ((await response.json()) as { repositories: string[] }).repositories;
  };
  const all = await list('');
  assert.deepEqual(
    all.filter((name) => /\/[abc]$/.test(name)),
    ['birds/a', 'birds/c', 'trees/a', 'trees/b'],
  );
  const paged: string[] = [];
  for (let last = ''; paged.length < all.length; last = paged.at(-1) ?? '') {
    const page = await list(`n=1&last=${last}`);
    assert.equal(page.length, 1);
    paged.push(...page);
  }
  assert.deepEqual(paged, all);
});
