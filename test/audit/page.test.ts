import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Owner } from '../cli/owner.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PAGE = join(import.meta.dirname, '../../docs/operate/audit.md');

/** The lines of the page's blocks, with the words in quotes as one. */
const commands = (): string[] =>
  [...readFileSync(PAGE, 'utf8').matchAll(/^```\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) =>
    block.trim().split('\n'),
  );

test('docs/operate/audit.md: each command can be typed as it stands there', async () => {
  const folder = temporaryFolder().path;
  await using owner = await Owner.open();
  const typed = commands().filter((line) => !line.includes('--follow'));
  assert.ok(typed.length >= 12);
  for (const line of typed) {
    const [command = '', output] = line.split(' > ');
    const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');
    assert.equal(words.shift(), 'tidegate');
    const args = words.map((word) => word.replace(/^(@?)(checkpoint-|audit\.)/, `$1${folder}/$2`));
    const said = await owner.says(args);
    if (output !== undefined) writeFileSync(join(folder, output), said);
  }
  assert.match(readFileSync(join(folder, 'audit.ndjson'), 'utf8'), /"action":"tidegate.audit.seal"/);
});
