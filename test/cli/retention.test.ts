import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { describe } from 'node:test';
import { Identities } from '../access/identities.ts';
import { transcript } from '../support/transcript.ts';
import { Owner } from './owner.ts';
import { pushImage } from './push-image.ts';
import { shows, Terminal } from './terminal.ts';

const DAY = 86_400_000;
const AT_ONCE =
  'If you set this policy, the selected images are deleted immediately according to the rules that you set in your policy.';
const TRASH = 'Deleted images are moved to your trash and can be restored while they are there.';

describe('retention commands', () => {
  const owner = Owner.ofTests('birds', 'fish');

  /** An image built so many days ago; answers its full name by digest. */
  const push = async (repository: string, tags: readonly string[], days: number): Promise<string> => {
    const created = new Date(owner.registry.clock.now() - days * DAY);
    const layer = `layer ${repository} ${days}`;
    const { digest } = await pushImage(owner.registry as never, repository, tags, { created, layer });
    return `${owner.registry.host}/${repository}@${digest}`;
  };

  test('every namespace is listed with what is kept of it', async () => {
    shows(await owner.run('cr retention-policy-list'), {
      stdout: [
        `Listing image retention policies for account '${owner.registry.accountId}' in registry '${owner.registry.host}'...`,
        '',
        'Namespace   Images to retain   Retain all untagged',
        'birds       All                true',
        'fish        All                true',
        '',
        'OK',
      ],
    });
  });

  test('retention-policy-set shows what would go, asks, deletes it, and sets the policy', async () => {
    const old = await push('birds/robin', ['1', '1.0'], 9);
    await push('birds/robin', ['2'], 1);
    const refused = await owner.run('cr retention-policy-set --images 1 birds', { answer: 'n\r' });
    assert.equal(refused.code, 1, transcript(refused));
    assert.match(refused.stderr, /FAILED\nNothing was changed\.\n$/);
    assert.deepEqual((await owner.json('cr retention-policy-list')).birds.images_per_repo, -1);

    const set = await owner.run('cr retention-policy-set --images 1 birds', { answer: 'y\r' });
    assert.match(set.stderr, /Do you want to continue to set the policy\?/);
    const width = old.length;
    assert.deepEqual(
      { code: set.code, stdout: set.stdout.split('\n') },
      {
        code: 0,
        stdout: [
          `${'Image'.padEnd(width)}   Tags`,
          `${old}   1, 1.0`,
          '',
          'Found 1 image to delete.',
          '',
          AT_ONCE,
          TRASH,
          'Deleting 1 image...',
          '',
          'Successfully deleted 1 image.',
          '',
          'OK',
          'The scheduled retention policy to keep 1 image per repository in birds is set.',
          '',
          'OK',
          '',
        ],
      },
      transcript(set),
    );
    const { birds } = await owner.json('cr retention-policy-list');
    assert.deepEqual([birds.namespace, birds.images_per_repo, birds.retain_untagged], ['birds', 1, false]);
  });

  test('without a terminal the question cannot be asked; -f goes ahead', async () => {
    const turn = await owner.run('cr retention-policy-set --images 2 fish');
    shows(turn, {
      code: 2,
      stdout: ['Found 0 images to delete.', '', AT_ONCE, TRASH],
      stderr: ['FAILED', 'This needs a confirmation and there is no terminal to ask on. Use -f to go ahead.'],
    });
    shows(await owner.run('cr retention-policy-set --retain-untagged --images 2 fish -f'), {
      stdout: [
        'Found 0 images to delete.',
        '',
        'Deleting 0 images...',
        '',
        'Successfully deleted 0 images.',
        '',
        'OK',
        'The scheduled retention policy to keep 2 images per repository in fish is set.',
        '',
        'OK',
      ],
    });
  });

  test('--images All takes a policy away', async () => {
    shows(await owner.run('cr retention-policy-set --images All fish'), {
      stdout: ['The retention policy to keep all images in fish is set.', '', 'OK'],
    });
    const { fish } = await owner.json('cr retention-policy-list');
    assert.deepEqual(fish, { namespace: 'fish', images_per_repo: -1, retain_untagged: true });
  });

  test('retention-run deletes once; as JSON it prints the run', async () => {
    const old = await push('fish/trout', ['1'], 9);
    await push('fish/trout', ['2'], 5);
    await push('fish/trout', ['3'], 1);
    const turn = await owner.run('cr retention-run --images 2 fish -f');
    shows(turn, {
      stdout: [
        `${'Image'.padEnd(old.length)}   Tags`,
        `${old}   1`,
        '',
        'Found 1 image to delete.',
        '',
        'Deleting 1 image...',
        '',
        'Successfully deleted 1 image.',
        '',
        'OK',
      ],
    });
    const run = JSON.parse(await owner.says('cr retention-run --images 1 fish -f -o json'));
    assert.deepEqual(
      [run.namespace, run.cause, run.outcome, run.images, run.deleted],
      ['fish', 'asked', 'done', 2, 1],
    );
    shows(await owner.run('cr retention-run --images 1 fish'), {
      stdout: ['Found 0 images to delete.', '', 'OK'],
    });
  });

  test('rules of a file are analyzed, begin at once, and stand in the list', async () => {
    const file = join(owner.shell.home, 'rules.json');
    writeFileSync(file, JSON.stringify([{ tags: ['pr-*'], older_than_days: 7 }]));
    const set = await owner.run([
      'cr',
      'retention-policy-set',
      '--images',
      'All',
      '--rules',
      file,
      'fish',
      '-f',
    ]);
    assert.equal(set.code, 0, transcript(set));
    assert.match(
      set.stdout,
      /^The scheduled retention policy to keep all images, with 1 rule, in fish is set\.$/m,
    );
    const listed = await owner.says('cr retention-policy-list');
    assert.match(listed, /^Namespace +Images to retain +Retain all untagged +Rules$/m);
    assert.match(listed, /^birds +1 +false +-$/m);
    assert.match(listed, /^fish +All +false +1$/m);
  });

  test('a line that cannot be read is refused with 2, a namespace that is not there with 4, missing rights with 5', async () => {
    for (const [line, message] of [
      ['cr retention-policy-set birds', /Say how many images to keep/],
      ['cr retention-policy-set --images 0 birds', /'0' is not a number of images/],
      ['cr retention-run --images many birds', /'many' is not a number of images/],
      ['cr retention-run --images 1 --deletion-threshold-days x birds', /'x' is not a number of days/],
      ['cr retention-run --images 1 -o json birds', /give -f together with -o json/],
      ['cr retention-run --images 1 --rules /nowhere birds', /Cannot read the rules/],
    ] as const) {
      const turn = await owner.run(line);
      assert.equal(turn.code, 2, transcript(turn));
      assert.match(turn.stderr, message);
    }
    const missing = await owner.run('cr retention-run --images 1 nowhere -f');
    assert.equal(missing.code, 4, transcript(missing));
    const { apikey, iamId } = await new Identities(owner.registry).user();
    const policy = [
      'iam',
      'user-policy-create',
      iamId,
      '--roles',
      'Reader',
      '--service-name',
      'container-registry',
    ];
    await owner.says(policy);
    using reader = new Terminal();
    await reader.logIn(owner.registry.url, apikey);
    const denied = await reader.run('cr retention-policy-set --images 5 birds -f', {
      clock: owner.registry.clock,
    });
    assert.equal(denied.code, 5, transcript(denied));
    assert.match(denied.stderr, /^FAILED\nYou are not authorized/);
  });
});
