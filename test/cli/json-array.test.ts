import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ClientError } from '../../src/client/client-error.ts';
import { ArrayReader } from '../../src/client/json-array.ts';

const broken = () => new ClientError('UNEXPECTED_ANSWER', 'no array');

/** The items of a text that comes in these pieces. */
const itemsOf = (pieces: readonly string[]): unknown[] => {
  const reader = new ArrayReader(broken);
  const items = pieces.flatMap((piece) => [...reader.read(piece)]);
  reader.end();
  return items;
};

/** A text cut at these places. */
const cut = (text: string, places: readonly number[]): string[] => {
  const sorted = [0, ...places.map((place) => place % (text.length + 1)), text.length].sort((a, b) => a - b);
  return sorted.slice(1).map((place, index) => text.slice(sorted[index], place));
};

test('an array is read item by item wherever it is cut, as JSON.parse reads it whole', () => {
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue()),
      fc.boolean(),
      fc.array(fc.nat(), { maxLength: 20 }),
      (array, isSpaced, places) => {
        const text = JSON.stringify(array, null, isSpaced ? 2 : 0);
        assert.deepEqual(itemsOf(cut(text, places)), JSON.parse(text));
      },
    ),
  );
});

test('strings with quotes, backslashes and brackets are cut anywhere and stay whole', () => {
  const array = ['"', '\\', '\\"', ']},[', '\\\\"', { '"': '\\' }, [], {}, ''];
  const text = ` ${JSON.stringify(array)} \n`;
  for (let place = 0; place <= text.length; place++)
    assert.deepEqual(itemsOf([text.slice(0, place), '', text.slice(place)]), array, String(place));
  assert.deepEqual(itemsOf([...text]), array);
});

test('what is no array, breaks off, or goes on behind its end is refused', () => {
  for (const text of [
    '',
    '{}',
    '"x"',
    'null',
    '[',
    '[1',
    '[1,',
    '[1,]',
    '[,1]',
    '[1]]',
    '[1] x',
    '[1]2',
    '[tru]',
    '<html>',
  ])
    assert.throws(() => itemsOf([text]), { name: 'ClientError' }, text);
});
