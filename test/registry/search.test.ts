import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { SearchHit, SearchResult } from '../../src/wire/search.ts';
import { Caller } from '../access/caller.ts';
import { type Holder, Identities } from '../access/identities.ts';
import { stage, TestRepository } from '../spec/repository.ts';
import { ImageDoor } from './image-stage.ts';

const on = stage();
const door = new ImageDoor(on);

const search = async (q: string, holder?: Holder, limit = 5): Promise<SearchResult> => {
  const { status, body } = await door.ask('GET', `/api/v1/search?q=${q}&limit=${limit}`, undefined, holder);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
};
const kindsOf = ({ hits }: SearchResult): string[] => hits.map(({ kind }: SearchHit) => kind);

/** One of each kind with a word in its name. */
const makeAll = async (word: string): Promise<void> => {
  const { registry } = on;
  const owner = await Caller.login(registry);
  const { accountId } = registry;
  await registry.namespaceAdd(word);
  await new TestRepository(registry, `${word}/app`).pushImage('1');
  const asked = { account_id: accountId, name: `ci ${word}`, apikey: { name: `key ${word}` } };
  const { body } = await owner.post('/v1/serviceids', asked);
  await owner.post(`/v2/accounts/${accountId}/users`, {
    users: [{ email: `${word}@example.com`, account_role: 'Member' }],
  });
  await owner.post(`/v2/groups?account_id=${accountId}`, { name: `group ${word}` });
  await owner.post('/v1/profiles', { account_id: accountId, name: `profile-${word}` });
  await owner.post('/v2/policies', {
    type: 'access',
    description: `for ${word}`,
    subject: { attributes: [{ key: 'iam_id', operator: 'stringEquals', value: body.iam_id }] },
    resource: {
      attributes: [
        { key: 'accountId', operator: 'stringEquals', value: accountId },
        { key: 'serviceName', operator: 'stringEquals', value: 'container-registry' },
      ],
    },
    control: { grant: { roles: [{ role_id: 'crn:v1:bluemix:public:iam::::serviceRole:Reader' }] } },
  });
  await registry.api('POST', `/api/v1/tokens?description=${word}`);
};

test('an owner finds one of each kind by a part of its name, in capitals or not', async () => {
  const word = `w${randomUUID().slice(0, 8)}`;
  await makeAll(word);
  const kinds = kindsOf(await search(word.toUpperCase()));
  assert.deepEqual(kinds, [
    'namespace',
    'repository',
    'service-id',
    'user',
    'access-group',
    'profile',
    'policy',
    'api-key',
    'registry-token',
  ]);
  const reader = await door.holding('Reader', word);
  assert.deepEqual(kindsOf(await search(word, reader)), ['namespace', 'repository']);
  const stranger = await new Identities(on.registry).stranger();
  assert.deepEqual(await search(word, stranger), { hits: [], more: [] });
});

test("a caller without the right to list keys finds its own, and no one else's", async () => {
  const [one, other] = [await door.holding('Reader', 'birds'), await door.holding('Reader', 'birds')];
  const found = (await search('key', one)).hits;
  assert.deepEqual(
    found.map(({ kind, iam_id }) => [kind, iam_id]),
    [['api-key', one.iamId]],
  );
  assert.notEqual(one.iamId, other.iamId);
});

test('a kind of which there are more than were asked for says so', async () => {
  const word = `w${randomUUID().slice(0, 8)}`;
  for (const name of ['a', 'b', 'c']) await on.registry.namespaceAdd(`${name}${word}`);
  const { hits, more } = await search(word, undefined, 2);
  assert.deepEqual([hits.length, more], [2, ['namespace']]);
});

test('a search needs a text and an access token', async () => {
  assert.equal((await door.ask('GET', '/api/v1/search?q=')).status, 400);
  assert.equal((await door.ask('GET', '/api/v1/search')).status, 400);
  assert.equal((await on.registry.fetch('/api/v1/search?q=birds')).status, 401);
});
