import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findImageToPull } from '../../src/backup/restore/rows.ts';
import { countRows } from '../../src/database/table-copy.ts';
import { listTables } from '../../src/database/tables.ts';
import * as apiKeys from '../../src/identity/api-keys/rows.ts';
import * as federated from '../../src/identity/federated-sessions/rows.ts';
import * as registryTokens from '../../src/identity/registry-tokens/rows.ts';
import * as signingKeys from '../../src/identity/signing-keys/rows.ts';
import * as manifests from '../../src/registry/manifests/rows.ts';
import * as repositories from '../../src/registry/repositories/rows.ts';
import * as tags from '../../src/registry/tags/rows.ts';
import {
  AT,
  keyRow,
  manifestRow,
  newNamespace,
  registryTokenRow,
  repositoryRow,
  signingKeyRow,
  unique,
} from './database-rows.ts';
import type { QueryTester } from './queries.ts';

/** What a restore asks of all accounts at once. */
export const restoreQueries = ({ read, write, current }: QueryTester): void => {
  test('API keys and registry tokens of every account, page by page in the order of their ids', async () => {
    const { account, region } = await newNamespace(current());
    const key = signingKeyRow('registry-token');
    await write(signingKeys.insertSigningKey, key);
    const keys = [1, 2].map(() => keyRow(account.id)).toSorted((one, other) => (one.id < other.id ? -1 : 1));
    for (const row of keys) await write(apiKeys.insertApiKey, row);
    const [first, second] = keys;
    assert.ok(first && second);
    const behind = await read(apiKeys.apiKeysAfter, first.id, 1000);
    assert.ok(behind.some(({ id }) => id === second.id) && !behind.some(({ id }) => id === first.id));
    const token = registryTokenRow(account, region, key);
    await write(registryTokens.insertRegistryToken, token);
    const tokens = await read(registryTokens.registryTokensAfter, '', 1000);
    assert.deepEqual(
      tokens.find(({ id }) => id === token.id),
      token,
    );
    assert.deepEqual(await read(registryTokens.registryTokensAfter, tokens.at(-1)?.id ?? '', 10), []);
  });

  test('every signing key of one purpose is removed, and no other', async () => {
    const [gone, kept] = [signingKeyRow('access-token'), signingKeyRow('registry-token')];
    for (const row of [gone, kept]) await write(signingKeys.insertSigningKey, row);
    await write(signingKeys.deleteSigningKeys, 'access-token');
    const ids = (await read(signingKeys.allSigningKeys)).map(({ id }) => id);
    assert.ok(!ids.includes(gone.id) && ids.includes(kept.id));
  });

  test('every session of a workload that has not ended is ended', async () => {
    const id = unique('session');
    const row = { id, token_hash: unique('h'), text_hash: 'x', account_id: 'a', profile_id: unique('p') };
    const times = { created_at: AT, expires_at: AT + 9, kept_until: AT + 9, ended_at: null };
    await write(federated.insertFederatedSession, {
      ...row,
      ...times,
      issuer: 'i',
      chain: '[]',
      claims: '{}',
    });
    await write(federated.endFederatedSessions, AT + 1);
    assert.equal((await read(federated.findFederatedSession, id))?.ended_at, AT + 1);
    await write(federated.endFederatedSessions, AT + 2);
    assert.equal((await read(federated.findFederatedSession, id))?.ended_at, AT + 1);
  });

  test('an image with a tag, of an active account: the first, or the one that is named', async () => {
    const { account, region, namespace } = await newNamespace(current());
    const repository = repositoryRow(namespace, unique('bird'));
    const manifest = manifestRow(repository.id);
    await write(repositories.insertRepository, repository);
    await write(manifests.insertManifest, manifest, []);
    await write(tags.putTag, {
      repository_id: repository.id,
      name: 'one',
      digest: manifest.digest,
      updated_at: AT,
    });
    const named = { repository: repository.name, tag: 'one' };
    assert.deepEqual(await read(findImageToPull, named), {
      ...named,
      accountId: account.id,
      region: region.name,
    });
    assert.equal(await read(findImageToPull, { ...named, tag: 'two' }), undefined);
    assert.ok(await read(findImageToPull, undefined));
  });

  test('the number of rows of a table', async () => {
    const tables = await read(listTables, current().alone ? 'sqlite' : 'postgres');
    const table = tables.find(({ name }) => name === 'api_keys');
    assert.ok(table);
    const { account } = await newNamespace(current());
    const before = await read(countRows, table);
    await write(apiKeys.insertApiKey, keyRow(account.id));
    assert.equal(await read(countRows, table), before + 1);
  });
};
