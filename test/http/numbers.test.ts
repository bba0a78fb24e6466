import { equal, match, ok } from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { TestRegistry } from '../support/registry.ts';

type Properties = Record<string, { readonly type?: string; readonly properties?: Properties }>;

suite('numbers of a request', () => {
  let registry: TestRegistry;
  let accessToken: string;
  before(async () => {
    registry = await TestRegistry.start();
    accessToken = (await registry.login()).access_token;
  });
  after(() => registry[Symbol.asyncDispose]());

  /** Names of the numbers that a part of a route has. */
  const numbersOf = (part: unknown): string[] =>
    Object.entries((part as { properties?: Properties } | undefined)?.properties ?? {})
      .filter(([, { type }]) => type === 'integer' || type === 'number')
      .map(([name]) => name);

  const requiredOf = (part: unknown): readonly string[] =>
    (part as { required?: readonly string[] } | undefined)?.required ?? [];

  const ask = async (
    method: string,
    path: string,
    body?: string,
  ): Promise<{ status: number; text: string }> => {
    const headers = {
      Authorization: `Bearer ${accessToken}`,
      Account: registry.accountId,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    };
    const answer = await registry.fetch(path, { method, headers, body: body ?? null });
    return { status: answer.status, text: await answer.text() };
  };
  const patchQuotas = (body: string) => ask('PATCH', '/api/v1/quotas', body);

  test('one that no number holds is refused in every query that has a number: nothing bounds it', async () => {
    let asked = 0;
    for (const { method, path, schema } of registry.routes)
      for (const name of numbersOf(schema.querystring))
        for (const value of ['1e999', 'Infinity', '-Infinity']) {
          const address = path.replaceAll(/:\w+|\*/g, registry.accountId);
          const others = requiredOf(schema.querystring).map((other) => `&${other}=birds`);
          const { status, text } = await ask(method, `${address}?${name}=${value}${others.join('')}`);
          equal(status, 400, `${method} ${path} ${name}=${value}: ${text}`);
          match(text, /must be a smaller number/, `${method} ${path}`);
          asked += 1;
        }
    ok(asked > 30, `${asked} numbers`);
  });

  test('in a body it is a JSON number: text, truth values and null are refused, and nothing changes', async () => {
    equal((await patchQuotas('{"storage_megabytes":7}')).status, 200);
    for (const value of ['"8"', '"1e999"', '"Infinity"', '[8]', '["1e999"]', 'true', 'null', '""']) {
      const { status, text } = await patchQuotas(`{"storage_megabytes":${value}}`);
      equal(status, 400, `${value}: ${text}`);
      match(text, /storage_megabytes must be integer/);
    }
    const { text } = await ask('GET', '/api/v1/quotas');
    equal(JSON.parse(text).limit.storage_bytes, 7 << 20);
  });

  test('a body with a number that no number holds is refused, wherever in it', async () => {
    for (const body of ['{"storage_megabytes":1e999}', '{"more":{"of":[1,-1e999]}}', '[1e999]']) {
      const { status, text } = await patchQuotas(body);
      equal(status, 400, text);
      match(text, /a number is too large/);
    }
  });
});
