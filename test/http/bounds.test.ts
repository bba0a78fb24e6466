import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Type } from 'typebox';
import { faultOfBounds } from '../../src/http/bounds.ts';
import { GrammarWorld } from './grammar-world.ts';
import { maximalRequests } from './maximal-requests.ts';
import { Steps } from './steps.ts';

let world: GrammarWorld;
before(async () => {
  world = await GrammarWorld.open();
});
after(() => world[Symbol.asyncDispose]());

test('no route takes a text, list, number or object without a bound, in its body, query, path or headers', () => {
  const faults = world.registry.routes.flatMap(({ method, path, schema }) => {
    const fault = faultOfBounds(schema);
    return fault === undefined ? [] : [`${method} ${path}: ${fault}`];
  });
  assert.deepEqual(faults, []);
});

test('what has no bound is found wherever it stands in a schema', () => {
  const inside = (part: object): object => Type.Object({ list: Type.Array(part as never, { maxItems: 2 }) });
  for (const [part, what] of [
    [Type.String(), /list\[\] is a text/],
    [Type.String({ pattern: '^a+$' }), /is a text/],
    [Type.Integer({ minimum: 0 }), /is a number/],
    [Type.Number({ maximum: 9 }), /is a number/],
    [Type.Array(Type.Boolean()), /is a list/],
    [Type.Unknown(), /may be anything/],
    [Type.Any(), /may be anything/],
    [Type.Union([Type.Literal('a'), Type.String()]), /is a text/],
    [Type.Record(Type.String(), Type.Boolean()), /any number of fields/],
    [Type.Object({}), /does not name/],
    [Type.Object({ a: Type.Boolean() }, { additionalProperties: true }), /does not name/],
    [Type.Object({ a: Type.Optional(Type.Object({ b: Type.String() })) }), /list\[\]\.a\.b is a text/],
  ] as const)
    for (const where of ['body', 'querystring', 'params', 'headers'])
      assert.match(faultOfBounds({ [where]: inside(part) }) ?? '', what);
  const bounded = Type.Object({ a: Type.String({ maxLength: 3 }), b: Type.Optional(Type.Null()) });
  assert.equal(faultOfBounds({ body: inside(bounded) }), undefined);
});

/** Functions entered for three bodies of maximal size. Most routes need some thousands; 50 joined groups some 50,000 each. */
const MOST_STEPS = 250_000;

test('bodies of maximal size are a bounded number of steps on every route', async () => {
  await using steps = await Steps.open();
  const wide: string[] = [];
  for (const { what, bodies } of maximalRequests(world)) {
    const count = await steps.of(async () => {
      for (const send of bodies) assert.ok((await send()) < 500, what);
    });
    if (count > MOST_STEPS) wide.push(`${what}: ${count} steps`);
  }
  assert.deepEqual(wide, []);
});
