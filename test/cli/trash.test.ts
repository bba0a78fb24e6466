import assert from 'node:assert/strict';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { table } from '../../src/cli/table.ts';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { openRows } from '../support/rows.ts';
import { transcript } from '../support/transcript.ts';
import { pushImage } from './push-image.ts';
import { shows, Terminal } from './terminal.ts';

describe('deleting and restoring images', () => {
  let registry: RegistryProcess;
  const shell = new Terminal();

  before(async () => {
    registry = await startRegistryProcess();
    await registry.namespaceAdd('birds');
    await registry.namespaceAdd('fish');
    await shell.logIn(registry.url, registry.apikey);
  });
  after(async () => {
    shell[Symbol.dispose]();
    await registry[Symbol.asyncDispose]();
  });

  const named = (name: string): string => `${registry.host}/${name}`;
  let made = 0;
  const push = (name: string, ...tags: string[]) =>
    pushImage(registry, name, tags, { layer: `layer ${made++}` });
  const tagsOf = async (repository: string): Promise<string> =>
    (await shell.run(['cr', 'images', '--restrict', repository, '--format', '{{.Tag}}'])).stdout.trim();

  test('image-rm deletes images with all their tags, says how to take them back, and goes on behind one that is not there', async () => {
    const gone = await push('birds/gone', '1', '2');
    const other = await push('birds/other', 'latest');
    const turn = await shell.run('cr image-rm birds/gone:1 birds/none birds/other');
    const hint = (name: string, { digest }: { digest: string }): RegExp =>
      new RegExp(
        `^Until \\d{4}-\\S+Z it can be restored: tidegate cr image-restore ${named(name)}@${digest}$`,
      );
    const hints = turn.stdout.split('\n').filter((line) => line.startsWith('Until '));
    assert.equal(hints.length, 2, transcript(turn));
    assert.match(hints[0] ?? '', hint('birds/gone', gone));
    assert.match(hints[1] ?? '', hint('birds/other', other));
    const rest = turn.stdout.split('\n').filter((line) => !line.startsWith('Until '));
    shows(
      { ...turn, stdout: rest.join('\n') },
      {
        code: 4,
        stdout: [
          "Deleting image 'birds/gone:1'...",
          '',
          "Successfully deleted image 'birds/gone:1'",
          '',
          "Deleting image 'birds/none'...",
          '',
          '',
          "Deleting image 'birds/other'...",
          '',
          "Successfully deleted image 'birds/other'",
        ],
        stderr: ['FAILED', `There is no image ${named('birds/none:latest')}.`, '(CRG0004E, request <id>)'],
      },
    );
    const [, line = ''] = hints[1]?.split(': tidegate ') ?? [];
    assert.equal((await shell.run(line)).code, 0, 'the line can be typed');
    assert.equal(await tagsOf('birds/other'), 'latest');
    assert.equal(await tagsOf('birds/gone'), '');
  });

  test('trash-list shows digest, days and tags; image-restore brings back a tag, or a digest with what is free', async () => {
    const { digest } = await push('fish/cod', '1', '2');
    const name = `${named('fish/cod')}@${digest}`;
    await shell.run('cr image-rm fish/cod:1');
    const listed = (tags: string) => ({
      stdout: [
        'Listing deleted images...',
        '',
        ...table([
          ['Digest', 'Days until expiry', 'Tags'],
          [name, '30', tags],
        ]),
        '',
        'OK',
      ],
    });
    shows(await shell.run('cr trash-list --restrict fish'), listed('1,2'));
    const json = JSON.parse((await shell.run('cr trash-list --restrict fish -o json')).stdout);
    assert.deepEqual(Object.keys(json), [name]);
    shows(await shell.run('cr image-restore fish/cod:2'), {
      stdout: ["Restoring image 'fish/cod:2'...", '', "Successfully restored image 'fish/cod:2'", '', 'OK'],
    });
    shows(await shell.run('cr trash-list --restrict fish'), listed('1'));
    await push('fish/cod', '1');
    const taken = await shell.run('cr image-restore fish/cod:1');
    assert.equal(taken.code, 1);
    assert.match(taken.stderr, /^FAILED\nThe tag 1 names sha256:\w+ now; .*\n\(CRT0500E, request /);
    shows(await shell.run(['cr', 'image-restore', name]), {
      stdout: [
        `Restoring image '${name}'...`,
        '',
        `Successfully restored image '${name}'`,
        '',
        'These tags stand for other images by now, and stay so:',
        named('fish/cod:1'),
        '',
        'OK',
      ],
    });
    await shell.run('cr image-rm fish/cod:2');
    const back = await shell.run(['cr', 'image-restore', name]);
    assert.match(back.stdout, new RegExp(`Restored tags:\n${named('fish/cod:2')}\n\nOK\n$`));
    const absent = await shell.run('cr image-restore fish/cod:none');
    assert.equal(absent.code, 4);
    assert.match(absent.stderr, /^FAILED\nThere is no such image in the trash/);
    shows(await shell.run('cr trash-list --restrict fish'), {
      stdout: [
        'Listing deleted images...',
        '',
        'Digest   Days until expiry   Tags',
        '',
        'You see no deleted image that can be restored.',
        '',
        'OK',
      ],
    });
    shows(await shell.run('cr trash-list --restrict fish/cod'), {
      code: 2,
      stderr: ['FAILED', "'fish/cod' is not a namespace. Give the namespace alone, without a repository."],
    });
  });

  /** All images there are were pushed two days earlier. */
  const pushedLongAgo = async (): Promise<void> => {
    const { TIDEGATE_DATABASE_URL = join(registry.dataDir, 'tidegate.db') } = registry.settings;
    const db = openRows(TIDEGATE_DATABASE_URL);
    await db
      .updateTable('manifests')
      .set(({ eb }) => ({ created_at: eb('created_at', '-', 2 * 24 * 3_600_000) }))
      .execute();
    await db.destroy();
  };

  test('image-prune-untagged asks, deletes what nothing wants, and leaves what an index lists and what was pushed a short while ago', async () => {
    const { digest } = await push('birds/pruned', '1');
    await push('birds/pruned', '1');
    const name = `${named('birds/pruned')}@${digest}`;
    const prune = ['cr', 'image-prune-untagged', '--restrict', 'birds/pruned'];
    const early = await shell.run([...prune, '-f']);
    assert.match(
      early.stdout,
      /^Listing untagged images\.\.\.\n\n1 untagged image was pushed a short while ago and stays: its tag or its index may follow until \S+Z\.\n\nThere are no untagged images to delete\.\n\nOK\n$/,
    );
    await pushedLongAgo();
    const kept = await shell.run(prune, { answer: 'n\n' });
    assert.equal(kept.code, 1);
    assert.match(kept.stdout, new RegExp(`^Listing untagged images\\.\\.\\.\n\n${name}\n`));
    assert.match(kept.stderr, /Delete 1 untagged image\?/);
    const unasked = await shell.run(prune);
    assert.deepEqual([unasked.code, /Use -f/.test(unasked.stderr)], [2, true]);
    shows(await shell.run([...prune, '-o', 'json']), {
      code: 2,
      stderr: ['FAILED', 'With -o json nothing is asked: give -f too.'],
    });
    shows(await shell.run([...prune, '-f']), {
      stdout: ['Listing untagged images...', '', `${name}   OK`, '', 'Deleted 1 untagged image.', '', 'OK'],
    });
    shows(await shell.run([...prune, '-f']), {
      stdout: ['Listing untagged images...', '', 'There are no untagged images to delete.', '', 'OK'],
    });
    assert.equal(await tagsOf('birds/pruned'), '1');
    await push('birds/pruned', '1');
    await pushedLongAgo();
    const json = JSON.parse((await shell.run([...prune, '-f', '-o', 'json'])).stdout);
    assert.deepEqual(
      json.map(({ Status }: { Status: string }) => Status),
      ['OK'],
    );
  });

  test('trash-empty asks, and what is emptied cannot be restored', async () => {
    await registry.namespaceAdd('frogs');
    await push('frogs/tree', '1');
    await shell.run('cr image-rm frogs/tree:1');
    const kept = await shell.run('cr trash-empty frogs', { answer: 'n\n' });
    assert.deepEqual([kept.code, /Nothing was changed/.test(kept.stderr)], [1, true]);
    shows(await shell.run('cr trash-empty frogs -f'), {
      stdout: ["Emptying the trash of namespace 'frogs'...", '', 'Images that are gone: 1', '', 'OK'],
    });
    assert.equal((await shell.run('cr image-restore frogs/tree:1')).code, 4);
    const absent = await shell.run('cr trash-empty nowhere -f');
    assert.equal(absent.code, 4);
    assert.match(absent.stderr, /^FAILED\nYour account has no namespace nowhere here/);
  });
});
