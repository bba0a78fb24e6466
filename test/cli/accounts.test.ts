import assert from 'node:assert/strict';
import test from 'node:test';
import { startRegistryProcess } from '../support/registry-process.ts';
import { shows, Terminal } from './terminal.ts';

test("account-create creates an account and shows its owner's key once; the key logs in to that account", async () => {
  await using registry = await startRegistryProcess();
  using operator = new Terminal();
  await operator.logIn(registry.url, registry.apikey);
  const turn = await operator.run(['account-create', 'Bird watchers']);
  const value = (label: string) => new RegExp(`^${label} +(\\S+)$`, 'm').exec(turn.stdout)?.[1] ?? '';
  const [id, owner, apikey] = [value('Account ID'), value('Owner'), value('API Key')];
  assert.match(id, /^[0-9a-f]{32}$/);
  shows(turn, {
    stdout: [
      "Creating account 'Bird watchers'...",
      '',
      "Keep the owner's API key: it cannot be shown again.",
      '',
      `Account ID   ${id}`,
      'Name         Bird watchers',
      `Owner        ${owner}`,
      `API Key      ${apikey}`,
      '',
      'OK',
    ],
  });
  using shell = new Terminal();
  await shell.logIn(registry.url, apikey);
  assert.match((await shell.run('target')).stdout, new RegExp(`^Account: +${id}$`, 'm'));
  assert.equal((await shell.run('cr namespace-add birds')).code, 0);
  assert.equal((await operator.run('cr namespaces -o json')).stdout, '[]\n');
});

test('only the operator creates accounts', async () => {
  await using registry = await startRegistryProcess();
  using operator = new Terminal();
  await operator.logIn(registry.url, registry.apikey);
  const { apikey }: { apikey: string } = JSON.parse(
    (await operator.run('account-create others -o json')).stdout,
  );
  using shell = new Terminal();
  await shell.logIn(registry.url, apikey);
  const turn = await shell.run('account-create more');
  assert.equal(turn.code, 5, turn.stderr);
  assert.match(
    turn.stderr,
    /^FAILED\n.+\n'bx iam explain \w+' shows which policies were looked at\.\n\(CRG0020E, request \w+\)\n$/,
  );
});
