import { equal, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestRegistry } from '../support/registry.ts';

describe('addresses below /console', () => {
  let registry: TestRegistry;
  before(async () => {
    registry = await TestRegistry.start();
  });
  after(() => registry[Symbol.asyncDispose]());

  test('one that cannot be read has the headers of the others', async () => {
    const answer = await registry.fetch('/console/%ff');
    equal(answer.status, 400);
    ok(answer.headers.get('Content-Security-Policy')?.includes("default-src 'none'"));
    equal(answer.headers.get('X-Frame-Options'), 'DENY');
    equal(answer.headers.get('X-Content-Type-Options'), 'nosniff');
  });

  test('HEAD of a page is answered as GET, without the document', async () => {
    for (const path of ['/console', '/console/', '/console/namespaces/birds']) {
      const answer = await registry.fetch(path, { method: 'HEAD' });
      equal(answer.status, 200, path);
      equal(await answer.text(), '');
      ok(answer.headers.get('Content-Security-Policy'), path);
    }
  });
});
