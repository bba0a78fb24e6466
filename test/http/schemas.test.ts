import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lazyCompilers, openCompilers } from '../../src/http/json-schemas.ts';
import { TestRegistry } from '../support/registry.ts';

type Schema = Record<string, unknown>;
type Responses = Record<string, Schema & { content?: Record<string, { schema: Schema }> }>;

test('every schema of a route compiles', async () => {
  await using registry = await TestRegistry.start();
  const { validator, serializer } = await openCompilers(true);
  const { validator: exact } = await openCompilers(false);
  let compiled = 0;
  for (const { method, path: url, schema } of registry.routes) {
    for (const httpPart of ['body', 'querystring', 'params'] as const) {
      const part = schema[httpPart] as Schema | undefined;
      if (part === undefined) continue;
      const compile = () =>
        (httpPart === 'body' ? exact : validator)({ schema: part, method, url, httpPart });
      assert.doesNotThrow(compile, `${method} ${url} ${httpPart}`);
      compiled += 1;
    }
    for (const [httpStatus, response] of Object.entries((schema.response ?? {}) as Responses)) {
      const bodies = response.content
        ? Object.values(response.content).map((each) => each.schema)
        : [response];
      for (const body of bodies) {
        const compile = () => serializer({ schema: body, method, url, httpStatus });
        assert.doesNotThrow(compile, `${method} ${url} ${httpStatus}`);
        compiled += 1;
      }
    }
  }
  assert.ok(compiled > 100, `${compiled} schemas`);
});

test('a schema is compiled by the first request that needs it, and what does not compile fails each of them', async () => {
  const { validator, serializer } = await lazyCompilers();
  const route = { schema: { type: 'no type' }, method: 'GET', url: '/' };
  const validate = validator({ ...route, httpPart: 'querystring' });
  const serialize = serializer(route);
  for (const _ of ['first', 'second']) {
    assert.throws(() => validate({}), /schema is invalid|no type/);
    assert.throws(() => serialize({}), /schema is invalid|no type/);
  }
});

test('a body that is absent where a list is wanted is checked as a list, and handed on as it was checked', async () => {
  await using registry = await TestRegistry.start();
  const answer = await registry.api('POST', '/va/api/v4/exemptions/images');
  assert.equal(answer.status, 400, await answer.text());
});
