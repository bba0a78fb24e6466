import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMANDS, GROUPS } from '../../src/cli/tables.ts';
import { sourceFiles } from '../house/source.ts';

/** Every line that begins like a command, with what is filled in left out. */
const shown = sourceFiles('src/console').flatMap(({ path, text }) =>
  [/'(tidegate [^'\n]*)'/g, /`(tidegate [^`\n]*)`/g].flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, line = '']) => ({ path, line })),
  ),
);

test('every command that a page shows is one, with flags that it has', () => {
  assert.ok(shown.length > 15);
  for (const { path, line } of shown) {
    const [, first = '', second = ''] = line.split(' ');
    const group = GROUPS.find(({ name }) => name === first);
    const commands = group ? group.commands : COMMANDS;
    const word = group ? second : first;
    const operators = ['backup', 'gc', 'doctor', 'account', 'trust', 'resource'];
    if (word.includes('$') || word === '') continue;
    const command = commands.find(({ name, alias }) => name === word || alias === word);
    const spaced = COMMANDS.find(({ name }) => name === `${first} ${second}`);
    const found = command ?? spaced;
    assert.ok(found || operators.includes(first), `${path}: ${line}`);
    if (!found) continue;
    const known = (found.flags ?? []).map(({ flags }) => flags).join(' ');
    for (const [flag] of line.matchAll(/--[a-z-]+/g))
      assert.ok(known.includes(flag), `${path}: ${line} has ${flag}`);
  }
});
