import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { answered } from '../spec/answers.ts';
import { descriptorOf, LAYER, newManifest } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import { Owner } from './owner.ts';
import { shows } from './terminal.ts';

const MB = 1_048_576;

describe('cr usage', () => {
  const owner = Owner.ofTests('birds');

  test('nothing is stored: every column is there', async () => {
    shows(await owner.run('cr usage'), {
      stdout: [
        `Getting what account '${owner.registry.accountId}' stores...`,
        '',
        'Namespace   Images   Tagged   Untagged   Trash   Waiting   Shared',
        'birds       0        0 B      0 B        0 B     0 B       0 B',
        'Account     0        0 B      0 B        0 B     0 B       0 B',
        '',
        'OK',
      ],
    });
  });

  test('a namespace without content has a sentence in place of rows; a repository is refused', async () => {
    shows(await owner.run('cr usage birds'), {
      stdout: [
        "Getting what the repositories of namespace 'birds' store...",
        '',
        'Repository   Images   Tagged   Untagged   Trash   Waiting   Shared',
        '',
        "You see nothing that is stored in namespace 'birds'.",
        '',
        'OK',
      ],
    });
    shows(await owner.run('cr usage birds/robin'), {
      code: 2,
      stderr: ['FAILED', "'birds/robin' is not a namespace. Give the namespace alone, without a repository."],
    });
  });

  test('six pushes to one tag: one image is tagged, and five that nothing holds are told apart', async () => {
    const robin = new TestRepository(owner.registry, 'birds/robin');
    await robin.pushBlob(Buffer.from('{}'));
    for (let push = 0; push < 6; push++) {
      const layer = Buffer.alloc(5 * MB, push);
      await robin.pushBlob(layer);
      await answered(
        await robin.putManifest('1', newManifest({ layers: [descriptorOf(LAYER, layer)] })),
        201,
      );
    }
    shows(await owner.run('cr usage birds'), {
      stdout: [
        "Getting what the repositories of namespace 'birds' store...",
        '',
        'Repository    Images   Tagged   Untagged   Trash   Waiting   Shared',
        'birds/robin   6        5 MB     25 MB      0 B     0 B       0 B',
        '',
        'OK',
      ],
    });
    const { account, namespaces, counting } = await owner.json('cr usage');
    assert.equal(counting, false);
    assert.deepEqual(account, namespaces.birds);
    assert.deepEqual([account.images, account.untagged_images], [1, 5]);
  });
});
