import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RepositoryRow } from '../../src/database/schema.ts';
import type { DecisionContext } from '../../src/lifecycle/retention/decision.ts';
import type { RetentionPolicy } from '../../src/lifecycle/retention/retention-policy.ts';
import { rowOfRun } from '../../src/lifecycle/retention/retention-run.ts';
import * as retention from '../../src/lifecycle/retention/rows.ts';
import { deleteImage } from '../../src/lifecycle/retention/run-writes.ts';
import * as manifests from '../../src/registry/manifests/rows.ts';
import * as pulls from '../../src/registry/pulls/rows.ts';
import * as repositories from '../../src/registry/repositories/rows.ts';
import * as tags from '../../src/registry/tags/rows.ts';
import * as trash from '../../src/registry/trash/rows.ts';
import { AT, manifestRow, newNamespace, repositoryRow, unique } from './database-rows.ts';
import type { QueryTester } from './queries.ts';

const DAY = 86_400_000;

const NEWEST: RetentionPolicy = {
  imagesPerRepo: 1,
  retainUntagged: true,
  deletionThresholdDays: 0,
  rules: [],
};

/** Policies of retention, their runs, and what they look at. */
export const retentionQueries = ({ read, write, current }: QueryTester): void => {
  const newRepository = async () => {
    const { namespace } = await newNamespace(current());
    const repository = repositoryRow(namespace);
    await write(repositories.insertRepository, repository);
    return { namespace, repository };
  };
  const image = async (
    repository: RepositoryRow,
    fields: object = {},
    references: manifests.Reference[] = [],
  ) => {
    const row = manifestRow(repository.id, fields);
    await write(manifests.insertManifest, row, references);
    return row;
  };
  const tag = (repository: RepositoryRow, name: string, digest: string) =>
    write(tags.putTag, { repository_id: repository.id, name, digest, updated_at: AT });
  const policyRow = (namespaceId: string) => ({
    namespace_id: namespaceId,
    document: '{}',
    fingerprint: 'f',
    analyzed_at: null,
    due_at: null,
    set_at: AT,
    set_by: 'user:a/1',
  });
  const newRun = (namespaceId: string, requestedAt = AT) =>
    rowOfRun({
      id: unique('run'),
      namespaceId,
      policy: NEWEST,
      cause: 'asked',
      requestedAt,
      requestedBy: 'user:a/1',
    });

  test('images come in the order of their creation dates, those without one by digest, each with what holds it', async () => {
    const { repository } = await newRepository();
    const old = await image(repository, { image_created_at: AT - DAY, subject: null });
    const young = await image(repository, { image_created_at: AT, subject: old.digest });
    const undated = await image(repository, { image_created_at: null, subject: null });
    const index = await image(repository, { image_created_at: null, subject: null }, [
      { target: old.digest, kind: 'manifest' },
    ]);
    const ask = { repositoryId: repository.id, limit: 9 };
    const dated = await read(retention.datedImages, { ...ask, after: undefined });
    assert.deepEqual(
      dated.map(({ digest }) => digest),
      [young.digest, old.digest],
    );
    assert.deepEqual(dated[1], {
      digest: old.digest,
      mediaType: old.media_type,
      builtAt: AT - DAY,
      pushedAt: old.created_at,
      restoredAt: null,
      heldBy: index.digest,
      subject: null,
      referrer: young.digest,
    });
    assert.equal(dated[0]?.subject, old.digest);
    const behind = await read(retention.datedImages, {
      ...ask,
      after: { builtAt: AT, digest: young.digest },
    });
    assert.deepEqual(behind, dated.slice(1));
    const others = await read(retention.undatedImages, { ...ask, after: '' });
    const digests = [undated.digest, index.digest].sort();
    assert.deepEqual(
      others.map(({ digest }) => digest),
      digests,
    );
    assert.equal((await read(retention.undatedImages, { ...ask, after: digests[0] ?? '' })).length, 1);
    assert.deepEqual(await read(retention.findImage, repository.id, old.digest), dated[1]);
    const references = { repositoryId: repository.id, from: index.digest, limit: 1 };
    assert.deepEqual(await read(retention.referencesAfter, { ...references, after: '' }), [
      { from: index.digest, digest: old.digest, kind: 'manifest' },
    ]);
    assert.deepEqual(await read(retention.referencesAfter, { ...references, after: old.digest }), []);
  });

  test('tags, pulls and what is in the trash are found for several images at once', async () => {
    const { repository } = await newRepository();
    const row = await image(repository, { subject: null });
    await tag(repository, 'v1', row.digest);
    const digests = [row.digest, 'sha256:none'];
    assert.deepEqual(await read(retention.someTags, { repositoryId: repository.id, digests, limit: 9 }), [
      { digest: row.digest, name: 'v1', setAt: AT },
    ]);
    const ask = { repositoryId: repository.id, kind: 'tag' as const, references: ['v1', 'v2'] };
    assert.equal(await read(retention.lastPulled, ask), undefined);
    for (const day of [1, 2])
      await write(pulls.addPulls, {
        repository_id: repository.id,
        kind: 'tag',
        reference: 'v1',
        day,
        count: 1,
        last_at: day * DAY,
        last_principal: 'x',
      });
    assert.equal(await read(retention.lastPulled, ask), 2 * DAY);
    assert.deepEqual(await read(retention.thereOrInTrash, repository.id, digests), new Set([row.digest]));
    const key = { repositoryId: repository.id, digest: row.digest };
    const deletion = { deletedAt: AT, deletedBy: 'x', expiresAt: AT + DAY, deletedWith: row.digest };
    await write(trash.copyToTrash, key, deletion);
    assert.deepEqual(await read(retention.thereOrInTrash, repository.id, digests), new Set([row.digest]));
  });

  test('a policy is kept per namespace, is due at its time, and its analyses are remembered', async () => {
    const { namespace } = await newRepository();
    const { id } = namespace;
    await write(retention.putPolicy, policyRow(id));
    await write(retention.putPolicy, { ...policyRow(id), due_at: 5 - 10 * DAY });
    assert.equal((await read(retention.findPolicy, id))?.due_at, 5 - 10 * DAY);
    assert.equal((await read(retention.policiesOf, [id, 'none'])).length, 1);
    assert.equal((await read(retention.duePolicy, 5 - 10 * DAY))?.namespace_id, id);
    assert.equal(await read(retention.duePolicy, 4 - 10 * DAY), undefined);
    await write(retention.changePolicy, id, { analyzed_at: AT, due_at: AT + DAY });
    assert.equal((await read(retention.findPolicy, id))?.analyzed_at, AT);
    await write(retention.deletePolicy, id);
    assert.equal(await read(retention.findPolicy, id), undefined);
    const seen = { namespaceId: id, fingerprint: 'f', at: AT, forgetBefore: AT - DAY };
    await write(retention.putAnalysis, seen);
    await write(retention.putAnalysis, { ...seen, at: AT + 1 });
    const ask = { namespaceId: id, fingerprint: 'f' };
    assert.equal(await read(retention.wasAnalyzed, { ...ask, since: AT + 1 }), true);
    assert.equal(await read(retention.wasAnalyzed, { ...ask, since: AT + 2 }), false);
    assert.equal(await read(retention.countAnalyses, id), 1);
    await write(retention.putAnalysis, { ...seen, fingerprint: 'g', at: AT + 3, forgetBefore: AT + 2 });
    assert.equal(await read(retention.wasAnalyzed, { ...ask, since: AT }), false);
  });

  test('runs of a namespace come the newest first, and those that wait with whose they are', async () => {
    const { namespace } = await newRepository();
    const first = newRun(namespace.id, AT - 100 * DAY);
    const second = newRun(namespace.id, AT - 99 * DAY);
    for (const row of [first, second]) await write(retention.insertRun, row);
    assert.deepEqual(await read(retention.findRun, first.id), first);
    const ask = { namespaceId: namespace.id, limit: 9 };
    assert.deepEqual(await read(retention.latestRuns, { ...ask, skip: 0 }), [second, first]);
    assert.deepEqual(await read(retention.latestRuns, { ...ask, skip: 1 }), [first]);
    const waiting = await read(retention.runsThat, 'waiting', 100);
    const own = waiting.filter(({ namespace_id: id }) => id === namespace.id);
    assert.deepEqual(
      own.map(({ id, account_id, namespace: name }) => [id, account_id, name]),
      [first, second].map(({ id }) => [id, namespace.account_id, namespace.name]),
    );
    await write(retention.updateRun, first.id, { outcome: 'done' });
    assert.equal(await read(retention.outcomeOfRun, first.id), 'done');
    await write(retention.deleteRuns, [first.id, second.id]);
    await write(retention.deleteRuns, []);
    assert.equal(await read(retention.outcomeOfRun, first.id), undefined);
  });

  test('an image is looked at again in the transaction that deletes it: a tag, an index, a pull or a new policy since the analysis keeps it', async () => {
    const { namespace, repository } = await newRepository();
    const rule = { repositories: ['*'], tags: ['dev'], untagged: false, imagesPerRepo: undefined };
    const rules = [
      { ...rule, olderThanDays: undefined, notPulledForDays: 30 },
      { ...rule, tags: ['keep'], olderThanDays: undefined, notPulledForDays: undefined },
    ];
    const policy: RetentionPolicy = { ...NEWEST, imagesPerRepo: -1, rules };
    const at = AT + 100 * DAY;
    const context: DecisionContext = { policy, repository: 'a', at, grace: DAY, pulls: AT };
    const run = newRun(namespace.id);
    await write(retention.insertRun, run);
    await write(retention.updateRun, run.id, { outcome: 'running' });
    const going = async () => {
      const row = await image(repository, { image_created_at: AT, created_at: AT, subject: null });
      await tag(repository, 'dev', row.digest);
      return row.digest;
    };
    const remove = (digest: string) =>
      current().write(deleteImage, {
        runId: run.id,
        accountId: namespace.account_id,
        repository,
        digest,
        context,
        surplus: new Set<number>(),
        expiresAt: at + DAY,
        isBegun: false,
      });
    const tagged = await going();
    await tag(repository, 'keep', tagged);
    assert.equal(await remove(tagged), 'stays');
    await write(tags.deleteTag, repository.id, 'keep');
    await write(pulls.addPulls, {
      repository_id: repository.id,
      kind: 'digest',
      reference: tagged,
      day: 1,
      count: 1,
      last_at: at - DAY,
      last_principal: 'x',
    });
    assert.equal(await remove(tagged), 'stays', 'it was pulled');
    const listed = await going();
    await image(repository, { subject: null }, [{ target: listed, kind: 'manifest' }]);
    assert.equal(await remove(listed), 'stays');
    const moved = await going();
    await write(tags.deleteTag, repository.id, 'dev');
    assert.equal(await remove(moved), 'stays', 'it is untagged now, and those are retained');
    const gone = await going();
    assert.equal(await remove('sha256:none'), 'absent');
    await write(retention.updateRun, run.id, { outcome: 'stopped' });
    assert.equal(await remove(gone), 'stopped');
    await write(retention.updateRun, run.id, { outcome: 'running' });
    assert.ok(['gone', 'more'].includes(await remove(gone)));
  });
};
