import { equal, match } from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { TestRegistry } from '../support/registry.ts';

interface ApiKey {
  readonly id: string;
  readonly expires_at?: string;
}

suite('the fields of a JSON body', () => {
  let registry: TestRegistry;
  before(async () => {
    registry = await TestRegistry.start();
  });
  after(() => registry[Symbol.asyncDispose]());

  const refused = async (answer: Promise<Response>): Promise<string> => {
    const { status, text } = await answer.then(async (each) => ({
      status: each.status,
      text: await each.text(),
    }));
    equal(status, 400, text);
    return text;
  };

  test('a known name in another spelling is refused, and the right one is said: what it limits would be without a limit', async () => {
    const body = { name: 'short', iam_id: registry.ownerIamId, account_id: registry.accountId };
    for (const spelling of ['expiresAt', 'expires-at', 'EXPIRES_AT']) {
      const asked = registry.api('POST', '/v1/apikeys', { ...body, [spelling]: '2099-01-01T00:00Z' });
      match(await refused(asked), new RegExp(`the field ${spelling} is spelled expires_at here`));
    }
  });

  test('a body of which no field is known is refused, not answered as done', async () => {
    const text = await refused(registry.api('PATCH', '/api/v1/quotas', { storage: 1 }));
    match(text, /no field that is known here, only storage; known are storage_megabytes, traffic_megabytes/);
  });

  test('an unknown field beside known ones is dropped: clients of later versions send more', async () => {
    const body = { name: 'more', iam_id: registry.ownerIamId, account_id: registry.accountId, sponsor: 'x' };
    const answer = await registry.api('POST', '/v1/apikeys', body);
    equal(answer.status, 201);
    const made = (await answer.json()) as ApiKey;
    equal('sponsor' in made, false);
  });

  test('what is said of a field is short and cannot be mistaken for our own words', async () => {
    const text = await refused(
      registry.api('PATCH', '/api/v1/quotas', { [`\u202e\u0007${'x'.repeat(5000)}`]: 1 }),
    );
    equal(/\u202e|\\u0007/.test(text), false);
    equal(text.length < 500, true);
  });
});
