import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { table } from '../../src/cli/table.ts';
import { TestRepository } from '../spec/repository.ts';
import { Owner } from './owner.ts';
import { shows } from './terminal.ts';

/** A table in which each id is shown as <uuid>, as in every transcript. */
const masked = (rows: string[][]): string[] =>
  table(rows).map((line) => line.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, '<uuid>'));

const rules = async (owner: Owner, namespace: string) => owner.json(`cr protection-list ${namespace}`);

describe('cr protection-add, protection-list, protection-rm', () => {
  const owner = Owner.ofTests('birds', 'fishes');

  test('protection-add protects tags and prints the rule; protection-list lists it; protection-rm takes it away', async () => {
    const added = await owner.run(
      'cr protection-add birds --tags v* --repositories app* --except *-rc* --except v0',
    );
    const [rule] = await rules(owner, 'birds');
    shows(added, {
      stdout: [
        "Protecting tags in namespace 'birds'...",
        '',
        "Successfully added protection rule '<uuid>' for tags v* in app* except *-rc*, v0",
        '',
        'OK',
      ],
    });
    shows(await owner.run('cr protection-list birds'), {
      stdout: [
        "Listing protection rules of namespace 'birds'...",
        '',
        ...masked([
          ['Namespace', 'ID', 'Tags', 'Repositories', 'Except', 'Created'],
          ['birds', rule.id, 'v*', 'app*', '*-rc*, v0', rule.created_at],
        ]),
        '',
        'OK',
      ],
    });
    shows(await owner.run(`cr protection-rm birds ${rule.id}`), {
      stdout: [
        "Removing protection rule '<uuid>' of namespace 'birds'...",
        '',
        "Successfully removed protection rule '<uuid>'",
        '',
        'OK',
      ],
    });
    assert.deepEqual(await rules(owner, 'birds'), []);
    shows(await owner.run('cr protection-list birds'), {
      stdout: [
        "Listing protection rules of namespace 'birds'...",
        '',
        'Namespace   ID   Tags   Repositories   Except   Created',
        '',
        'No rule protects tags there.',
        '',
        'OK',
      ],
    });
    const again = await owner.run(`cr protection-rm birds ${rule.id}`);
    assert.equal(again.code, 4);
    assert.match(again.stderr, /^FAILED\nThere is no protection rule/);
  });

  test('with all, the rules of every namespace are listed; -o json prints them and nothing else', async () => {
    const first = await owner.json('cr protection-add birds --tags v*');
    const second = await owner.json('cr protection-add fishes --tags prod-*');
    shows(await owner.run('cr protections all'), {
      stdout: [
        'Listing protection rules of all namespaces...',
        '',
        ...masked([
          ['Namespace', 'ID', 'Tags', 'Repositories', 'Except', 'Created'],
          ['birds', first.id, 'v*', '-', '-', first.created_at],
          ['fishes', second.id, 'prod-*', '-', '-', second.created_at],
        ]),
        '',
        'OK',
      ],
    });
    assert.deepEqual(await rules(owner, 'all'), [
      { namespace: 'birds', ...first },
      { namespace: 'fishes', ...second },
    ]);
    for (const [namespace, { id }] of [
      ['birds', first],
      ['fishes', second],
    ])
      await owner.says(`cr protection-rm ${namespace} ${id}`);
  });

  test('a pattern that is none, and a namespace that is not there, end with a message and a code', async () => {
    const pattern = await owner.run(['cr', 'protection-add', 'birds', '--tags', 'v 1']);
    assert.equal(pattern.code, 1);
    assert.match(pattern.stderr, /^FAILED\nThe request is not valid: body\/tags must match pattern/);
    assert.equal((await owner.run('cr protection-add birds')).code, 2);
    assert.equal((await owner.run('cr protection-add absent --tags v*')).code, 4);
    assert.equal((await owner.run('cr protection-list absent')).code, 4);
  });

  test('what a rule refuses is told without a command that explains policies: none was looked at', async () => {
    await new TestRepository(owner.registry, 'birds/kept').pushImage('v1');
    const { id } = await owner.json('cr protection-add birds --tags v*');
    for (const command of ['image-untag', 'image-rm']) {
      const turn = await owner.run(`cr ${command} birds/kept:v1`);
      assert.equal(turn.code, 5);
      assert.match(
        turn.stderr,
        /^FAILED\nThe tag v1 cannot be moved or deleted: .+; use another tag\.\n\(CRG0020E, request \w+\)\n$/,
      );
    }
    await owner.says(`cr protection-rm birds ${id}`);
  });

  test('Tab completes the namespace and the ids of its rules', async () => {
    const { id } = await owner.json('cr protection-add birds --tags v*');
    const offered = async (...words: string[]): Promise<string[]> =>
      (await owner.says(['complete', '--', 'cr', ...words]))
        .split('\n')
        .map((line) => line.split('\t')[0] ?? '');
    assert.deepEqual((await offered('protection-list', '')).slice(0, -2), ['all', 'birds', 'fishes']);
    assert.deepEqual((await offered('protection-rm', 'birds', '')).slice(0, -2), [id]);
    assert.deepEqual((await offered('hold-list', '--restrict', 'f')).slice(0, -2), ['fishes']);
    await owner.says(`cr protection-rm birds ${id}`);
  });
});

describe('cr hold-add, hold-list, hold-rm', () => {
  const owner = Owner.ofTests('birds');

  test('hold-add holds an image with a reason, hold-list shows it, hold-rm takes the hold off', async () => {
    const { digest } = (await new TestRepository(owner.registry, 'birds/app').pushImage('1')).descriptor;
    const image = `${owner.registry.host}/birds/app@${digest}`;
    shows(await owner.run(['cr', 'hold-add', 'birds/app:1', '--reason', 'evidence of case 7']), {
      stdout: ["Holding image 'birds/app:1'...", '', `Successfully held '${image}'`, '', 'OK'],
    });
    const [held] = await owner.json('cr hold-list');
    assert.deepEqual(
      [held.image, held.repository, held.digest, held.reason],
      [image, 'birds/app', digest, 'evidence of case 7'],
    );
    for (const line of ['cr hold-list', 'cr holds --restrict birds'])
      shows(await owner.run(line), {
        stdout: [
          'Listing held images...',
          '',
          ...table([
            ['Image', 'Reason', 'Held by', 'Created'],
            [image, 'evidence of case 7', `${held.created_by_name} (${held.created_by})`, held.created_at],
          ]),
          '',
          'OK',
        ],
      });
    const removal = await owner.run('cr namespace-rm birds -f');
    assert.equal(removal.code, 1);
    assert.match(
      removal.stderr,
      /^FAILED\nAn image in the namespace is held: evidence of case 7\. Take the holds off first \(cr hold-list, cr hold-rm\); /,
    );
    const deletion = await owner.run('cr image-rm birds/app:1');
    assert.equal(deletion.code, 1);
    assert.match(
      deletion.stderr,
      /^FAILED\nThe image is held: evidence of case 7\. Take the hold off first \(cr hold-rm\); /,
    );
    shows(await owner.run('cr hold-rm birds/app:1'), {
      stdout: [
        "Taking the hold off image 'birds/app:1'...",
        '',
        "Successfully took the hold off 'birds/app:1'",
        '',
        'OK',
      ],
    });
    assert.deepEqual(await owner.json('cr hold-list'), []);
    shows(await owner.run('cr hold-list'), {
      stdout: [
        'Listing held images...',
        '',
        'Image   Reason   Held by   Created',
        '',
        'No image that you see is held.',
        '',
        'OK',
      ],
    });
    shows(await owner.run('cr hold-list --restrict birds/app'), {
      code: 2,
      stderr: ['FAILED', "'birds/app' is not a namespace. Give the namespace alone, without a repository."],
    });
  });

  test('an image that is not there, or not held, is 4; without a reason nothing is asked of the server', async () => {
    await new TestRepository(owner.registry, 'birds/other').pushImage('1');
    assert.equal((await owner.run('cr hold-add birds/absent:1 --reason x')).code, 4);
    assert.equal((await owner.run('cr hold-rm birds/other:1')).code, 4);
    const turn = await owner.run('cr hold-add birds/other:1');
    assert.equal(turn.code, 2);
    assert.equal(turn.stderr, 'FAILED\nSay why the image is held: --reason TEXT.\n');
  });
});
