import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { needs } from '../support/component.ts';
import { postgres } from '../support/postgres.ts';
import { basic, type TestRegistry } from '../support/registry.ts';
import { s3 } from '../support/s3.ts';
import { installations } from './replica-pair.ts';
import { observe } from './revocations.ts';

/** Asks a replica something with the old secret, and with a bearer that came from it. */
const asksOf = async (b: TestRegistry, secret: string): Promise<(() => Promise<number>)[]> => {
  const bearer = await b.bearer('repository:birds/a:pull', 'iamapikey', secret);
  const ask = async (path: string, authorization: string): Promise<number> => {
    const answer = await b.fetch(path, { headers: { Authorization: authorization } });
    await answer.arrayBuffer();
    return answer.status;
  };
  return [
    () => ask('/v2/birds/a/tags/list', `Bearer ${bearer}`),
    () => ask('/v2/', basic('iamapikey', secret)),
  ];
};

suite('rotation of an API key on equal replicas', needs(postgres, s3), () => {
  const { pair } = installations();

  test('P1: an old secret that is ended on one replica is refused on the other within a second; the new one is not', async () => {
    const { a, b } = await pair();
    await using _a = a;
    await using _b = b;
    await a.namespaceAdd('birds');
    const { id, apikey } = await a.createKey('ci');
    const { access_token } = await a.login();
    const change = async (method: string, what: string): Promise<Response> => {
      const answer = await a.fetch(`/v1/apikeys/${id}/${what}`, {
        method,
        headers: {
          Authorization: `Bearer ${access_token}`,
          'If-Match': '*',
          ...(method === 'POST' ? { 'Content-Type': 'application/json' } : {}),
        },
        ...(method === 'POST' ? { body: '{}' } : {}),
      });
      assert.ok(answer.ok, String(answer.status));
      return answer;
    };
    // known to the other replica before the rotation, and so cached there
    const before = await asksOf(b, apikey);
    for (const ask of before) assert.notEqual(await ask(), 401);
    const { apikey: next } = (await (await change('POST', 'rotate')).json()) as { apikey: string };
    assert.equal((await b.login(next)).access_token.split('.').length, 3, 'the new secret works at once');
    const asks = [...before, ...(await asksOf(b, apikey))];
    for (const ask of asks) assert.notEqual(await ask(), 401);
    let ended: Promise<unknown> | undefined;
    const revoke = async (): Promise<void> => {
      ended ??= change('DELETE', 'previous_secret');
      await ended;
    };
    const outcomes = await Promise.all(asks.map((ask) => observe({ ask, revoke }, { andLate: true })));
    assert.ok(outcomes.every(({ late, lateAccepted }) => late > 0 && lateAccepted === 0));
    await b.login(next);
  });
});
