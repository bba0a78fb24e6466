import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/** What went wrong elsewhere and could here: each stands in the title of the test that would tell. */
const GUARDED = [
  ['CVE-2025-24976', 'a token whose key id is trusted and whose key is not'],
  ['CVE-2026-35172', 'a deleted blob readable again from a cache'],
  ['CVE-2026-41888', 'a switch that one of the sibling routes ignores'],
  ['CVE-2023-2253', 'a page as large as the client likes'],
  ['CVE-2021-41190', 'bytes that are a manifest and an index'],
  ['CVE-2025-23208', 'a group left and still held'],
  ['CVE-2026-31801', 'a tag overwritten with less than the right to push'],
  ['CVE-2024-39897', 'a blob readable across repositories by its digest'],
  ['zot#4238', 'a redirect to wherever a backslash says'],
  ['CVE-2025-68944', 'a scope lost in an exchange of tokens'],
  ['Harbor#22900', 'a bearer of a deleted project good for the next of its name'],
  ['Harbor#23675', 'an identity taken for an internal one by its name'],
  ['CVE-2022-31666', 'things of another tenant changed by their ids'],
  ['CVE-2024-22278', 'a role that reaches a route it should not'],
  ['CVE-2026-4404', 'a password everybody knows'],
  ['CVE-2025-32019', 'a description that runs in a browser'],
  ['CVE-2025-30086', 'a filter over a column that holds a secret'],
  ['CVE-2019-16097', 'a field of a body that makes its sender an administrator'],
  ['CVE-2026-32589', 'an upload that somebody else goes on with'],
  ['CVE-2026-2376', 'a redirect followed to an internal host'],
  ['Quay: audience', 'a token of another service'],
  ['serverless-registry#130', 'the right to push good for deleting'],
  ['CVE-2019-19025', 'a request forged in a browser that is signed in'],
] as const;

/** What cannot happen for lack of the feature. Whoever adds the feature moves the line up. */
const WITHOUT_THE_FEATURE = [
  ['CVE-2026-33540', 'there is no pull-through: no password of another registry is kept or sent'],
  ['Harbor#23463', 'there are no saved secrets of other services that could be sent to a given address'],
] as const;

test('each incident of other registries is guarded by a test that names it, or cannot happen here', () => {
  const root = join(import.meta.dirname, '..');
  const titles = globSync('**/*.test.ts', { cwd: root })
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .flatMap((text) => [...text.matchAll(/\btest\(\s*['`](.*)['`],/g)].map(([, title = '']) => title))
    .join('\n');
  for (const [id, what] of GUARDED)
    assert.ok(titles.includes(id), `${id} (${what}) stands in no test's title`);
  assert.equal(GUARDED.length + WITHOUT_THE_FEATURE.length, 25);
});
