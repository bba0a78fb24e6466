import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { Owner } from './owner.ts';
import { shows } from './terminal.ts';

describe('cr namespace-*', () => {
  const owner = Owner.ofTests();

  const listed = async (): Promise<string[]> => JSON.parse((await owner.run('cr namespaces -o json')).stdout);

  test('namespace-add adds, and adding again says that nothing changed', async () => {
    shows(await owner.run('cr namespace-add birds'), {
      stdout: ["Adding namespace 'birds'...", '', "Successfully added namespace 'birds'", '', 'OK'],
    });
    shows(await owner.run('cr namespace-add birds'), {
      stdout: ["Adding namespace 'birds'...", '', "Namespace 'birds' is in the account already", '', 'OK'],
    });
  });

  test('namespace-add refuses an invalid name and says which names are valid', async () => {
    for (const name of ['abc', 'Birds', 'birds-', 'a/b', 'a%2Fb', 'bi rds']) {
      const turn = await owner.run(['cr', 'namespace-add', name]);
      assert.equal(turn.code, 1, name);
      assert.equal(turn.stdout, `Adding namespace '${name}'...\n\n`);
      assert.match(turn.stderr, /^FAILED\n.*4 to 30.*\n\(CRG0002E, request \w+\)\n$/);
    }
  });

  test('a name that a URL would drop from the path is refused by the client', async () => {
    for (const name of ['.', '..', '']) {
      for (const command of ['namespace-add', 'namespace-rm']) {
        const turn = await owner.run(['cr', command, name, ...(command === 'namespace-rm' ? ['-f'] : [])]);
        assert.equal(turn.code, 1);
        assert.equal(turn.stderr, `FAILED\n'${name}' is not a name.\n(NAME_INVALID)\n`);
      }
    }
  });

  test('namespace-list and its alias list the names, by name', async () => {
    await owner.says('cr namespace-add alpha');
    await owner.says('cr namespace-add birds');
    const account = owner.registry.accountId;
    for (const command of ['namespace-list', 'namespaces']) {
      shows(await owner.run(`cr ${command}`), {
        stdout: [
          `Listing namespaces for account '${account}' in registry '${owner.registry.host}'...`,
          '',
          'Namespace',
          'alpha',
          'birds',
          '',
          'OK',
        ],
      });
    }
    shows(await owner.run('cr namespaces -o json'), { stdout: ['[', '  "alpha",', '  "birds"', ']'] });
  });

  test('namespace-list -v adds resource group and date', async () => {
    await owner.says('cr namespace-add birds');
    const { stdout } = await owner.run('cr namespaces -v');
    assert.match(stdout, /^Namespace +Resource Group +Created$/m);
    assert.match(stdout, /^birds +\S+ +\d{4}-\d\d-\d\dT\S+$/m);
    const details: { name: string; account: string }[] = JSON.parse(
      (await owner.run('cr namespaces -v -o json')).stdout,
    );
    const account = owner.registry.accountId;
    assert.deepEqual(new Set(details.map((detail) => detail.account)), new Set([account]));
    assert.deepEqual(
      details.map(({ name }) => name),
      await listed(),
    );
  });

  test('namespace-rm asks first, and anything but yes changes nothing', async () => {
    await owner.says('cr namespace-add kept');
    for (const answer of ['n\r', '\r']) {
      const turn = await owner.run('cr namespace-rm kept', { answer });
      assert.equal(turn.code, 1);
      assert.equal(turn.stdout, '');
      assert.match(turn.stderr, /Delete namespace 'kept' and every image in it\?/);
      assert.match(turn.stderr, /FAILED\nNothing was changed\.\n$/);
    }
    assert.equal((await owner.run('cr namespace-rm kept', { answer: '\u0003' })).code, 130);
    assert.ok((await listed()).includes('kept'));
  });

  test('namespace-rm deletes after a yes', async () => {
    await owner.says('cr namespace-add gone');
    const turn = await owner.run('cr namespace-rm gone', { answer: 'y\r' });
    assert.equal(turn.code, 0);
    assert.equal(
      turn.stdout,
      "Deleting namespace 'gone'...\n\nSuccessfully deleted namespace 'gone'\n\nOK\n",
    );
    assert.ok(!(await listed()).includes('gone'));
  });

  test('namespace-rm without a terminal refuses unless -f is given', async () => {
    await owner.says('cr namespace-add gone');
    shows(await owner.run('cr namespace-rm gone'), {
      code: 2,
      stderr: ['FAILED', 'This needs a confirmation and there is no terminal to ask on. Use -f to go ahead.'],
    });
    assert.ok((await listed()).includes('gone'));
    shows(await owner.run('cr namespace-rm gone -f'), {
      stdout: ["Deleting namespace 'gone'...", '', "Successfully deleted namespace 'gone'", '', 'OK'],
    });
    assert.ok(!(await listed()).includes('gone'));
  });

  test('namespace-rm of a namespace that is not there ends in 4', async () => {
    const turn = await owner.run('cr namespace-rm nowhere -f');
    assert.equal(turn.code, 4, turn.stderr);
    assert.match(turn.stderr, /^FAILED\n.+\n\(CRG0004E, request \w+\)\n$/);
  });
});
