import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonOf, OCI_INDEX } from '../spec/content.ts';
import { TestRegistry } from '../support/registry.ts';
import { openRows } from '../support/rows.ts';

const OTHERS = 5000;

test('end-12b: of very many referrers a request looks at a part, and its links lead to those of the type', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const subject = { mediaType: OCI_INDEX, digest: `sha256:${'0'.repeat(64)}`, size: 1 };
  const push = async (artifactType: string, tag: string): Promise<void> => {
    const body = jsonOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], artifactType, subject });
    const headers = { 'Content-Type': OCI_INDEX };
    assert.equal((await registry.v2('PUT', `birds/a/manifests/${tag}`, { headers, body })).status, 201);
  };
  await push('other', '1');
  await push('wanted', '2');
  const db = openRows(registry.database);
  const row = await db
    .selectFrom('manifests')
    .selectAll()
    .where('artifact_type', '=', 'other')
    .executeTakeFirstOrThrow();
  const digest = (number: number): string => `sha256:${number.toString(16).padStart(64, '0')}`;
  for (let first = 0; first < OTHERS; first += 500)
    await db
      .insertInto('manifests')
      .values(Array.from({ length: 500 }, (_, at) => ({ ...row, digest: digest(first + at + 1) })))
      .execute();
  await db.destroy();

  let path: string | undefined = `birds/a/referrers/${subject.digest}?artifactType=wanted`;
  const pages: number[] = [];
  while (path !== undefined && pages.length < 10) {
    const response = await registry.v2('GET', path);
    assert.equal(response.status, 200);
    const { manifests } = (await response.json()) as { manifests: { artifactType: string }[] };
    assert.ok(manifests.every(({ artifactType }) => artifactType === 'wanted'));
    pages.push(manifests.length);
    path = /^<\/v2\/([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
  }
  assert.deepEqual(pages, [0, 0, 1]);
});
