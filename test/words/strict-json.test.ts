import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RegistryError } from '../../src/errors.ts';
import { isJsonObject, parseStrictJson, quote, refuseLookalikes } from '../../src/oci/strict-json.ts';

const parse = (text: string): unknown => parseStrictJson(Buffer.from(text));

const isInvalid = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof RegistryError);
  assert.equal(error.code, 'MANIFEST_INVALID');
  assert.match(error.message, message);
  return true;
};

test('JSON without ambiguity means what JSON.parse says', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), (text) => {
      assert.deepEqual(parse(text), JSON.parse(text));
    }),
    { numRuns: 500 },
  );
});

test('any bytes are parsed or refused with MANIFEST_INVALID', () => {
  const punctuation = fc.string({
    unit: fc.constantFrom('{', '}', '[', ']', ':', ',', '"', '\\', 'a', ' ', '1'),
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), punctuation.map(Buffer.from)), (bytes) => {
      try {
        parseStrictJson(bytes);
      } catch (error) {
        isInvalid(/./)(error);
      }
    }),
    { numRuns: 3000 },
  );
});

for (const text of [
  '{"layers":[],"layers":[]}',
  '{"layers":[],"l\\u0061yers":[]}',
  '{ "a" : 1 , "b" : {} , "a" : 2 }',
  '{"a":{"b":1,"b":1}}',
  '[{"a":[{"x":1,"x":2}]}]',
  '{"a":{"c":1},"b":[1,{"c":1}],"a":1}',
  '{"":1,"":2}',
  '{"__proto__":1,"__proto__":2}',
  '{"a\\"b":1,"a\\"b":2}',
  '{"a"\n\t\r :1,"a"\n:2}',
]) {
  test(`an object that holds a key twice is refused: ${JSON.stringify(text)}`, () => {
    assert.doesNotThrow(() => JSON.parse(text));
    assert.throws(() => parse(text), isInvalid(/twice/));
  });
}

for (const text of [
  '[{"a":1},{"a":1}]',
  '{"a":{"a":{"a":"a"}}}',
  '{"a":"a","b":"a"}',
  '["a","a",{"a":["a","a"]}]',
  '{"a":"\\"a\\":1,","b":"}{\\\\","c":"\\"b\\":"}',
  '{"a":{},"b":{"a":1},"c":{"a":1}}',
  '{"a":1,"A":2}',
]) {
  test(`one key in several objects, in values and in strings is no duplicate: ${text}`, () => {
    assert.deepEqual(parse(text), JSON.parse(text));
  });
}

test('an object that gains one key twice anywhere is refused', () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 });
  fc.assert(
    fc.property(object, fc.nat(), (value, choice) => {
      const entries = Object.entries(value).map(
        ([key, item]) => `${JSON.stringify(key)}:${JSON.stringify(item)}`,
      );
      const twice = entries[choice % entries.length];
      assert.throws(() => parse(`[{${entries.join(',')},${twice}}]`), isInvalid(/twice/));
    }),
  );
});

test('nesting is bounded, long before any parser would tire', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  assert.doesNotThrow(() => parse(nested(64)));
  assert.throws(() => parse(nested(65)), isInvalid(/deeper than 64/));
  assert.throws(() => parse('{"a":'.repeat(200_000)), isInvalid(/deeper than 64/));
  assert.doesNotThrow(() => parse(`["${'['.repeat(100)}"]`));
});

test('the values of a text are bounded where a bound is given', () => {
  const within = (text: string, most: number) => parseStrictJson(Buffer.from(text), most);
  for (const [text, values] of [
    ['[1,2,[]]', 4],
    ['{"a":{"b":","},"c":[ {} ]}', 5],
    [`[${'{},'.repeat(998)}{}]`, 1000],
    ['{"":{"":[[ ],{\n}]}}', 5],
  ] as const) {
    assert.deepEqual(within(text, values), JSON.parse(text));
    assert.throws(() => within(text, values - 1), isInvalid(/holds more than \d+ values/), text);
  }
  assert.doesNotThrow(() => parse(`[${'{},'.repeat(100_000)}{}]`));
});

test('the keys of one object are bounded, those of many are not', () => {
  const keys = (count: number) =>
    `{${Array.from({ length: count }, (_, index) => `"k${index}":0`).join(',')}}`;
  assert.doesNotThrow(() => parse(`[${keys(10_000)},${keys(10_000)}]`));
  assert.throws(() => parse(keys(10_001)), isInvalid(/more than 10000 keys/));
});

for (const [what, bytes] of [
  ['a lone continuation byte', [0x22, 0x80, 0x22]],
  ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
  ['a surrogate half', [0x22, 0xed, 0xa0, 0x80, 0x22]],
  ['a cut sequence', [0x22, 0xe2, 0x82, 0x22]],
] as const) {
  test(`invalid UTF-8 is refused, not repaired: ${what}`, () => {
    assert.throws(() => parseStrictJson(Uint8Array.from(bytes)), isInvalid(/UTF-8/));
  });
}

for (const text of [
  '',
  ' ',
  '{',
  '{"a":1}x',
  "{'a':1}",
  '{"a":1,}',
  '\uFEFF{}',
  '// c\n{}',
  '{"a":NaN}',
  '{"a\\q":1}',
]) {
  test(`what is not JSON is refused: ${JSON.stringify(text)}`, () => {
    assert.throws(() => parse(text), isInvalid(/not valid JSON/));
  });
}

for (const key of ['Layers', 'LAYERS', 'layer\u017f', 'Layer\u017f', 'linK', 'lin\u212a']) {
  test(`a field that Go would read as another is refused: ${key}`, () => {
    const object = { [key]: 1 };
    assert.throws(
      () => refuseLookalikes(object, ['layers', 'link'], 'the manifest'),
      isInvalid(/the manifest has/),
    );
  });
}

test('the fields themselves and unknown ones pass', () => {
  const object = { layers: 1, layer: 2, layerss: 3, 'org.example.Layers': 4, łayers: 5, '': 6 };
  assert.doesNotThrow(() => refuseLookalikes(object, ['layers'], 'x'));
});

test('text of a caller is quoted on one line and cut', () => {
  assert.equal(quote('a\n"b'), '"a\\n\\"b"');
  assert.ok(quote('x'.repeat(10_000)).length < 100);
});

test('arrays and null are no JSON objects', () => {
  assert.deepEqual([{}, [], null, 'x', 1, undefined].map(isJsonObject), [
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});
