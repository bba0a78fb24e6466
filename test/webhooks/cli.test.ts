import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Owner } from '../cli/owner.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ALLOWED } from './hooked.ts';
import { Receiver } from './receiver.ts';

let owner: Owner;
let receiver: Receiver;
before(async () => {
  owner = await Owner.open(ALLOWED);
  await owner.registry.namespaceAdd('birds');
  receiver = await Receiver.listen();
});
after(async () => {
  await owner[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

const add = (name: string, ...more: string[]) =>
  owner.json(['cr', 'webhook-add', name, '--url', receiver.url(`/${name}`), ...more]);

describe('cr webhook-add', () => {
  test('prints what it made and the secret once; webhook-list shows the host of the address and no secret', async () => {
    const url = receiver.url('/deploy?secret=in-the-address');
    const said = await owner.says(['cr', 'webhook-add', 'deploy', '--url', url, '--namespace', 'birds']);
    assert.match(said, /^Adding webhook 'deploy'\.\.\.\n\nKeep the secret: it cannot be shown again\.\n/);
    assert.match(said, /\nSecret +whsec_\S+\n/);
    assert.match(said, /\nEvents +image\.pushed\n/);
    assert.match(said, /\nForm +standard\n/);
    const listed = await owner.says('cr webhooks');
    assert.doesNotMatch(listed, /whsec_|in-the-address/);
    assert.match(
      listed,
      new RegExp(`deploy +Webhook-\\S+ +birds +http://127.0.0.1:${receiver.port}/… +standard`),
    );
    const [hook] = await owner.json('cr webhook-list --restrict birds');
    assert.deepEqual([hook.name, hook.url, hook.secret], ['deploy', url, undefined]);
    await owner.says('cr webhook-rm deploy -f');
    assert.match(await owner.says('cr webhooks'), /There is no webhook that you may see\./);
  });

  test('--file writes the secret to a file of its owner alone and does not show it', async () => {
    const path = join(temporaryFolder().path, 'deploy.secret');
    const said = await owner.says([
      'cr',
      'webhook-add',
      'filed',
      '--url',
      receiver.url('/filed'),
      '--file',
      path,
    ]);
    const secret = readFileSync(path, 'utf8');
    assert.match(secret, /^whsec_\S+\n$/);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.ok(!said.includes(secret.trim()));
    assert.ok(said.includes(`The secret is in ${path}. It cannot be shown again.`));
    const again = await owner.run(['cr', 'webhook-add', 'x', '--url', receiver.url('/x'), '--file', path]);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /Cannot create the file for the secret/);
    const hooks = await owner.json('cr webhooks');
    assert.ok(!hooks.some(({ name }: { name: string }) => name === 'x'), 'nothing is made without its file');
    await owner.says('cr webhook-rm filed -f');
  });

  test('takes events separated by commas or one by one, a form, and a secret from standard input', async () => {
    const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
    const line = ['cr', 'webhook-add', 'chosen', '--url', receiver.url('/chosen'), '--form', 'harbor'];
    const more = [
      '-e',
      'image.pushed,image.deleted',
      '--event',
      'image.pulled',
      '--secret',
      '-',
      '-o',
      'json',
    ];
    const made = JSON.parse(await owner.says([...line, ...more], { stdin: `${secret}\n` }));
    assert.deepEqual(made.events, ['image.pushed', 'image.deleted', 'image.pulled']);
    assert.deepEqual([made.form, made.secret], ['harbor', secret]);
    await owner.says('cr webhook-rm chosen -f');
  });

  for (const [what, words, complaint] of [
    ['no address', [], /^FAILED\nSay where to: --url https:/],
    ['an unknown event', ['--url', 'https://x.example.com', '-e', 'push'], /'push' is not an event/],
    ['an unknown form', ['--url', 'https://x.example.com', '--form', 'quay'], /Allowed choices are standard/],
  ] as const)
    test(`with ${what} it says what to type, and exits with 2`, async () => {
      const turn = await owner.run(['cr', 'webhook-add', 'x', ...words]);
      assert.equal(turn.code, 2);
      assert.match(turn.stderr, complaint);
    });

  test('an address inside the network is refused, and the setting is named', async () => {
    const turn = await owner.run('cr webhook-add x --url https://10.1.2.3/hook');
    assert.equal(turn.code, 1);
    assert.match(turn.stderr, /TIDEGATE_WEBHOOKS_ALLOW/);
  });
});

describe('a webhook', () => {
  test('is changed, switched off and on, by name or by ID', async () => {
    const { id } = await add('changing');
    const changed = await owner.json('cr webhook-update changing -n changed -e image.deleted');
    assert.deepEqual([changed.id, changed.name, changed.events], [id, 'changed', ['image.deleted']]);
    assert.match(await owner.says(`cr webhook-update ${id} --disable`), /\nState +off\n/);
    assert.match(await owner.says(`cr webhook-update ${id} --enable`), /\nState +on\n/);
    assert.equal((await owner.run('cr webhook-update changed')).code, 2);
    assert.equal((await owner.run('cr webhook-update changed --enable --disable')).code, 2);
    assert.equal((await owner.run('cr webhook-update nowhere --enable')).code, 4);
    await owner.says('cr webhook-rm changed -f');
  });

  test('gets its next secret; the old one signs as well for the time that is asked for', async () => {
    const { secret } = await add('rotating');
    const said = await owner.says('cr webhook-rotate rotating --grace 2h');
    const [, next] = /\nSecret +(whsec_\S+)\n/.exec(said) ?? [];
    assert.ok(next !== undefined && next !== secret);
    assert.match(said, /The old secret signs as well until 2026-01-15T14:00:00.000Z\./);
    await owner.says('cr webhook-test rotating');
    const [taken] = receiver.at('/rotating');
    assert.equal(taken?.headers['webhook-signature']?.split(' ').length, 2);
    assert.equal((await owner.run('cr webhook-rotate rotating --grace 8d')).code, 1);
    await owner.says('cr webhook-rm rotating -f');
  });

  test('webhook-rm asks, and is refused without an answer', async () => {
    await add('asked');
    assert.equal((await owner.run('cr webhook-rm asked')).code, 2);
    assert.equal((await owner.json('cr webhooks')).length, 1);
    await owner.says('cr webhook-rm asked -f');
    assert.deepEqual(await owner.json('cr webhooks'), []);
  });
});

describe('deliveries', () => {
  test('webhook-test says what the receiver answered; webhook-deliveries lists it; webhook-redeliver sends it again', async () => {
    await add('tested');
    const said = await owner.says('cr webhook-test tested');
    assert.match(
      said,
      /^Sending a test to webhook 'tested'\.\.\.\n\nThe receiver took message 'Event-\S+' in \d+ ms: 204\n\nOK\n$/,
    );
    const [delivery] = await owner.json('cr webhook-deliveries tested');
    assert.deepEqual(
      [delivery.event, delivery.state, delivery.last_status],
      ['webhook.test', 'delivered', 204],
    );
    assert.match(
      await owner.says('cr webhook-deliveries tested --state delivered'),
      /webhook\.test .* delivered +1 +204/,
    );
    assert.match(
      await owner.says('cr webhook-deliveries tested --state failed'),
      /There is no such delivery\./,
    );
    await owner.says(`cr webhook-redeliver tested ${delivery.id}`);
    const ids = receiver.at('/tested').map(({ headers }) => headers['webhook-id']);
    assert.deepEqual(ids, [delivery.message_id, delivery.message_id]);
    assert.equal((await owner.run('cr webhook-redeliver tested none')).code, 4);
    assert.equal((await owner.run('cr webhook-deliveries tested --limit 0')).code, 2);
    await owner.says('cr webhook-rm tested -f');
  });

  test('a test that the receiver does not take fails, and says what it answered and when it is tried again', async () => {
    await add('broken');
    receiver.behaviours.set('/broken', { status: 500, body: 'of-the-inside' });
    const turn = await owner.run('cr webhook-test broken');
    assert.equal(turn.code, 1);
    assert.match(
      turn.stderr,
      /^FAILED\nThe receiver did not take message 'Event-\S+': 500.* It is tried again at /,
    );
    assert.doesNotMatch(turn.stderr + turn.stdout, /of-the-inside/);
    await owner.says('cr webhook-rm broken -f');
  });

  test('names of webhooks, events and deliveries are offered by the shell', async () => {
    await add('offered');
    await owner.says('cr webhook-test offered');
    const [{ id }] = await owner.json('cr webhook-deliveries offered');
    const complete = async (...words: string[]) =>
      (await owner.run(['complete', '--', 'cr', ...words])).stdout
        .split('\n')
        .map((line) => line.split('\t')[0]);
    assert.ok((await complete('webhook-test', 'o')).includes('offered'));
    assert.ok((await complete('webhook-add', 'x', '--event', 'tag')).includes('tag.changed'));
    assert.ok((await complete('webhook-add', 'x', '--form', 'h')).includes('harbor'));
    assert.ok((await complete('webhook-redeliver', 'offered', '')).includes(id));
    await owner.says('cr webhook-rm offered -f');
  });
});
