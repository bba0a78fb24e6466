import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { Owner } from './owner.ts';
import { shows } from './terminal.ts';

const NAMED = '--issue-type cve --issue-id CVE-2018-9999';

describe('cr exemption-add, exemption-list, exemption-rm, exemption-types', () => {
  const owner = Owner.ofTests('birds');

  test('an exemption is added, listed by all that it holds for, and removed', async () => {
    shows(await owner.run(`cr exemption-add --scope birds/bluebird:1 ${NAMED}`), {
      stdout: [
        "Creating exemption for 'CVE-2018-9999' in 'birds/bluebird:1'...",
        '',
        'Successfully created the exemption',
        '',
        'OK',
      ],
    });
    await owner.says(
      `cr exemption-add --scope ${owner.registry.host}/birds --issue-type sn --issue-id USN-1`,
    );
    await owner.says(`cr exemption-add --scope * ${NAMED}`);
    shows(await owner.run('cr exemption-list'), {
      stdout: [
        'Listing exemptions...',
        '',
        'Scope              Issue type   Issue ID',
        '*                  cve          CVE-2018-9999',
        'birds              sn           USN-1',
        'birds/bluebird:1   cve          CVE-2018-9999',
        '',
        'OK',
      ],
    });
    shows(await owner.run('cr exemptions --scope birds'), {
      stdout: [
        'Listing exemptions...',
        '',
        'Scope   Issue type   Issue ID',
        '*       cve          CVE-2018-9999',
        'birds   sn           USN-1',
        '',
        'OK',
      ],
    });
    assert.equal((await owner.json('cr exemptions --scope *')).length, 1);
    assert.equal((await owner.json('cr exemptions --scope birds/bluebird:1')).length, 3);
    shows(await owner.run(`cr exemption-rm --scope birds/bluebird:1 ${NAMED}`), {
      stdout: [
        "Deleting exemption for 'CVE-2018-9999' in 'birds/bluebird:1'...",
        '',
        'Successfully deleted the exemption',
        '',
        'OK',
      ],
    });
    assert.equal((await owner.json('cr exemption-list')).length, 2);
  });

  test('-o json prints what the API answers, and nothing else', async () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const added = await owner.json(`cr exemption-add --scope birds/wren@${digest} ${NAMED}`);
    assert.deepEqual(added, {
      account_id: owner.registry.accountId,
      issue_id: 'CVE-2018-9999',
      issue_type: 'cve',
      scope: { scope_type: 'image', namespace: 'birds', repository: 'wren', tag: digest },
    });
    const { stdout } = await owner.run('cr exemptions');
    assert.match(stdout, new RegExp(`^birds/wren@${digest} `, 'm'));
  });

  test('exemption-types shows the types, and what their ids look like as JSON', async () => {
    shows(await owner.run('cr exemption-types'), {
      stdout: [
        'Listing the types of exemptions...',
        '',
        'Issue type      Name',
        'cve             CVE',
        'sn              Security Notice',
        'configuration   Configuration Issue',
        '',
        'OK',
      ],
    });
    const [cve] = await owner.json('cr exemption-types');
    assert.ok(new RegExp(cve.validation_regex).test('CVE-2018-9999'));
  });

  test('an exemption that is not there ends in 4', async () => {
    shows(await owner.run(`cr exemption-rm --scope fish ${NAMED}`), {
      code: 4,
      stdout: ["Deleting exemption for 'CVE-2018-9999' in 'fish'...", ''],
      stderr: [
        'FAILED',
        'The account has no exemption for cve CVE-2018-9999 in the scope fish.',
        '(CRG0004E, request <id>)',
      ],
    });
  });

  test('a missing option, a type and an id that are none are refused, and nothing is added', async () => {
    const before = (await owner.json('cr exemptions')).length;
    for (const line of ['cr exemption-add --scope birds', 'cr exemption-rm --issue-id CVE-2018-9999'])
      shows(await owner.run(line), {
        code: 2,
        stderr: ['FAILED', 'Name the scope and the issue: --scope SCOPE --issue-type TYPE --issue-id ID.'],
      });
    const wrong = await owner.run('cr exemption-add --scope birds --issue-type virus --issue-id x');
    assert.equal(wrong.code, 2);
    const misnamed = await owner.run('cr exemption-add --scope birds --issue-type cve --issue-id 2018');
    assert.equal(misnamed.code, 1);
    assert.match(misnamed.stderr, /^FAILED\nThis is not the id of an issue of the type cve: it must match/);
    const scope = await owner.run(`cr exemption-add --scope Birds ${NAMED}`);
    assert.equal(scope.code, 1);
    assert.match(scope.stderr, /^FAILED\nThis is not the name of a resource: give \*, NAMESPACE,/);
    assert.equal((await owner.json('cr exemptions')).length, before);
  });
});
