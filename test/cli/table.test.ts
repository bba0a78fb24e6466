import assert from 'node:assert/strict';
import test from 'node:test';
import { table } from '../../src/cli/table.ts';
import { ago, size } from '../../src/cli/units.ts';

test('columns are as wide as their widest cell and three spaces apart', () => {
  assert.deepEqual(
    table([
      ['Token identifier', '58669dd6'],
      ['Token', 'value'],
    ]),
    ['Token identifier   58669dd6', 'Token              value'],
  );
});

test('no line ends in spaces, whatever its last cells hold', () => {
  assert.deepEqual(
    table([
      ['Name', 'Description'],
      ['a', ''],
    ]),
    ['Name   Description', 'a'],
  );
});

test('a cell of several lines stays one row, and characters count once', () => {
  assert.deepEqual(
    table([
      ['a\nb\tc', 'x'],
      ['é🐦', 'y'],
    ]),
    ['a b c   x', 'é🐦      y'],
  );
});

test('sizes are in steps of 1024 with one decimal below ten', () => {
  const cases: [number, string][] = [
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KB'],
    [1536, '1.5 KB'],
    [536_870_912, '512 MB'],
    [125_829_120, '120 MB'],
    [5_476_083_302, '5.1 GB'],
    [1_048_575, '1 MB'],
    [1024 ** 4 * 5, '5 TB'],
  ];
  for (const [bytes, text] of cases) assert.equal(size(bytes), text);
});

test('ages are in the largest whole unit, and a future one is now', () => {
  const cases: [number, string][] = [
    [-5, '0 seconds ago'],
    [1, '1 second ago'],
    [36, '36 seconds ago'],
    [60, '1 minute ago'],
    [7199, '1 hour ago'],
    [86_400 * 13, '1 week ago'],
    [86_400 * 59, '1 month ago'],
    [86_400 * 800, '2 years ago'],
  ];
  for (const [seconds, text] of cases) assert.equal(ago(1_000_000_000 - seconds, 1_000_000_000), text);
});
