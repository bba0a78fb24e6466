import assert from 'node:assert/strict';
import test from 'node:test';
import { transcript } from '../support/transcript.ts';
import { says, startStranger } from './stranger.ts';
import { Terminal } from './terminal.ts';

const ID = 'IBMid-0123456789';

const WARNING = `Warning: '${ID}' is not a member of the account. What you give it counts as soon as it is one.\n`;

const group = {
  id: 'AccessGroupId-1',
  name: 'pullers',
  description: '',
  account_id: 'a',
  created_at: '',
  created_by_id: '',
  last_modified_at: '',
  last_modified_by_id: '',
  href: '',
  is_federated: false,
  crn: '',
};

/** Answers as a server does that has no members, and takes every policy and membership. */
const startServer = () =>
  startStranger(({ method, url = '' }, response) => {
    if (url.includes('/users')) {
      return says(response, 200, { total_results: 0, limit: 100, first_url: '', resources: [] });
    }
    if (url.endsWith('/members')) {
      return says(response, 207, { members: [{ iam_id: ID, type: 'user', status_code: 200, trace: '' }] });
    }
    if (url.startsWith('/v2/groups')) {
      return says(response, 200, { limit: 100, offset: 0, total_count: 1, groups: [group] });
    }
    return says(response, method === 'POST' ? 201 : 200, { id: 'p', type: 'access', policies: [] });
  });

test('a policy or a membership for an IAM id that is not a member is given, and warned about', async () => {
  await using server = await startServer();
  using shell = new Terminal();
  shell.pretend(server.url);
  for (const line of [
    `iam user-policy-create ${ID} --roles Viewer --service-name iam-groups -o json`,
    `iam access-group-user-add pullers ${ID}`,
  ]) {
    const turn = await shell.run(line);
    assert.deepEqual([turn.code, turn.stderr], [0, WARNING], transcript(turn));
  }
  const turn = await shell.run(`iam user-policies ${ID}`);
  assert.deepEqual([turn.code, turn.stderr], [0, ''], transcript(turn));
});

test('a user named by anything but an IAM id must be a member', async () => {
  await using server = await startServer();
  using shell = new Terminal();
  shell.pretend(server.url);
  const words = '--roles Viewer --service-name iam-groups';
  assert.equal((await shell.run(`iam user-policy-create robin@example.com ${words}`)).code, 4);
  assert.equal((await shell.run('iam access-group-user-add pullers robin@example.com')).code, 4);
  assert.ok(!server.seen.some((request) => /^(POST|PUT)/.test(request)));
});
