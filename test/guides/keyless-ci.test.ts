import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { Owner } from '../cli/owner.ts';
import { IssuersFile, Platform, SAMPLES } from '../identity/platform.ts';
import { MovableClock } from '../support/clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { fencedBlocks } from './fenced.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/guides/keyless-ci.md'), 'utf8');
const blocks = fencedBlocks(page);
const AUDIENCE = 'https://registry.example.com';

/** The commands of the guide. */
const commands = blocks
  .filter(({ language }) => language === 'console')
  .flatMap(({ lines }) => lines)
  .filter((line) => line.startsWith('$ tidegate '))
  .map((line) => line.replace(/^\$ tidegate /, ''));

/** The blocks of the Korean page, without the words around them. */
const korean = fencedBlocks(
  readFileSync(join(import.meta.dirname, '../../docs/guides/keyless-ci.ko.md'), 'utf8'),
);

let owner: Owner;
let platform: Platform;

before(async () => {
  platform = await Platform.start(SAMPLES.github.iss, new MovableClock());
  const folder = temporaryFolder().path;
  const keys = join(folder, 'cluster-keys.json');
  writeFileSync(keys, JSON.stringify(platform.jwks));
  // the guide's own file; its platforms are the fixture's, since this machine does not reach the real ones
  const { issuers } = parse(blocks.find(({ language }) => language === 'yaml')?.lines.join('\n') ?? '');
  const file = new IssuersFile(issuers.map((issuer: object) => ({ ...issuer, jwks_file: keys })));
  owner = await Owner.open({ TIDEGATE_ISSUERS_FILE: file.path });
  await owner.registry.namespaceAdd('birds');
});

after(async () => {
  await owner[Symbol.asyncDispose]();
  await platform[Symbol.asyncDispose]();
});

test('every command of the guide to keyless CI works with the issuers file of the guide', async () => {
  assert.equal(commands.length, 5);
  const token = join(temporaryFolder().path, 'token.jwt');
  writeFileSync(token, await platform.token({ ...SAMPLES.github, aud: AUDIENCE }));
  for (const command of commands) await owner.says(command.replace('@token.jwt', `@${token}`));
});

test('the lines that the guide pastes are those that the command prints, and its token logs in', async () => {
  const pasted = blocks.filter(({ language }) => language === 'yaml').slice(1);
  const trusts = commands.filter((command) => command.startsWith('trust ') && !command.includes('explain'));
  const shown: string[] = [];
  for (const [index, command] of trusts.entries()) {
    const made = await owner.json(`${command} --name again-${index}`);
    for (const { lines } of made.paste)
      shown.push(
        lines.join('\n').replaceAll(made.profile_id, 'PROFILE').replaceAll(made.registry, 'REGISTRY'),
      );
    const sample = (['github', 'gitlab', 'kubernetes'] as const)[index] ?? 'github';
    const token = await platform.token({ ...SAMPLES[sample], aud: AUDIENCE });
    await owner.registry.bearer('repository:birds/app:push', made.profile_id, token);
  }
  assert.deepEqual(
    shown,
    pasted.map(({ lines }) => lines.join('\n')),
  );
});

test('the Korean guide types and pastes the same, so that what holds for one page holds for the other', () => {
  const typed = ({ language, lines }: (typeof blocks)[number]) => [language, ...lines];
  assert.deepEqual(korean.map(typed), blocks.map(typed));
});
