import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinImageName } from '../../src/http/image-paths.ts';

const I = '/api/v1/images/';
const SAME = undefined;

const PATHS: readonly (readonly [method: string, url: string, joined: string | undefined])[] = [
  ['GET', `${I}us.icr.io%2Fns%2Frepo%3A1/json`, SAME],
  ['GET', `${I}us.icr.io/ns/repo:1/json`, `${I}us.icr.io%2Fns%2Frepo:1/json`],
  ['GET', `${I}ns/repo@sha256:ab/manifest?x=/y`, `${I}ns%2Frepo@sha256:ab/manifest?x=/y`],
  ['GET', `${I}ns/json/json`, `${I}ns%2Fjson/json`],
  ['GET', `${I}ns/json`, SAME],
  ['GET', `${I}ns/repo/other`, SAME],
  ['GET', `${I}ns/repo/json/`, `${I}ns%2Frepo/json`],
  ['DELETE', `${I}ns/repo/json`, `${I}ns%2Frepo%2Fjson`],
  ['DELETE', '/api/v1/tags/ns/a/b:1', '/api/v1/tags/ns%2Fa%2Fb:1'],
  ['PUT', '/api/v1/holds/ns/a/b:1', '/api/v1/holds/ns%2Fa%2Fb:1'],
  ['DELETE', '/api/v1/holds/ns/a@sha256:ab', '/api/v1/holds/ns%2Fa@sha256:ab'],
  ['POST', '/api/v1/trash/ns/a:1/restore', '/api/v1/trash/ns%2Fa:1/restore'],
  ['POST', `${I}digests`, SAME],
  ['GET', '/api/v1/images?repository=a/b/json', SAME],
  ['GET', '/api/v1/namespaces/a/b/json', SAME],
  ['PATCH', `${I}ns/repo/json`, SAME],
];
for (const [method, url, joined] of PATHS)
  test(`${method} ${url}: bare slashes of an image name ${joined === SAME ? 'are none here' : 'are encoded'}`, () => {
    assert.equal(joinImageName(method, url), joined ?? url);
  });

test('a percent sign of the client is encoded neither once more nor less', () => {
  assert.equal(joinImageName('DELETE', `${I}ns/re%252Fpo`), `${I}ns%2Fre%252Fpo`);
});
