import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { faultOfBounds } from '../../src/http/bounds.ts';
import { TestRegistry } from '../support/registry.ts';

let registry: TestRegistry;
before(async () => {
  registry = await TestRegistry.start();
});
after(() => registry[Symbol.asyncDispose]());

test('no route takes a text, list, number or object without a bound, in its body, query, path or headers', () => {
  const faults = registry.routes.flatMap(({ method, path, schema }) => {
    const fault = faultOfBounds(schema);
    return fault === undefined ? [] : [`${method} ${path}: ${fault}`];
  });
  assert.deepEqual(faults, []);
});
