import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ApiKey } from '../../src/wire/api-keys.ts';
import type { SecretEntry } from '../../src/wire/secrets.ts';
import { DAY } from '../support/clock.ts';
import { TestRegistry } from '../support/registry.ts';
import { IamLab, type Someone } from './iam-lab.ts';

interface Listed {
  readonly secrets: SecretEntry[];
  readonly next?: string;
}

const named = ({ kind, name, because }: SecretEntry): string => `${kind} ${name}: ${because.join(' ')}`;

/** Every entry that someone is shown, page after page. */
const listed = async (lab: IamLab, who: Someone, query = ''): Promise<SecretEntry[]> => {
  const found: SecretEntry[] = [];
  let start: string | undefined;
  for (let page = 0; page < 50; page++) {
    const place = start === undefined ? '' : `start=${encodeURIComponent(start)}&`;
    const answer = await lab.as(who, 'GET', `/api/v1/secrets?${place}${query}`);
    assert.equal(answer.status, 200, await answer.clone().text());
    const { secrets, next }: Listed = (await answer.json()) as Listed;
    found.push(...secrets);
    if (next === undefined) return found;
    start = next;
  }
  assert.fail('the list has no end');
};

suite('GET /api/v1/secrets', () => {
  test('what ends within the time and what was not used for it is listed, of every kind, with the reason', async () => {
    await using registry = await TestRegistry.start();
    const lab = new IamLab(registry);
    const robot = await lab.serviceId('robot');
    await lab.key(robot.iam_id, { name: 'old' });
    await lab.want(200, 'POST', '/api/v1/tokens?description=sleeping&permanent=true');
    registry.clock.advance(91 * DAY);
    const at = (days: number): string =>
      `${new Date(registry.clock.now() + days * DAY).toISOString().slice(0, 16)}+0000`;
    await lab.key(robot.iam_id, { name: 'ending', expires_at: at(20) });
    await lab.key(robot.iam_id, { name: 'lasting', expires_at: at(40) });
    await lab.want(200, 'POST', `/api/v1/tokens?description=short&expires_in=${10 * 86_400}`);
    await lab.want(202, 'POST', `/v2/accounts/${registry.accountId}/users`, {
      users: [{ email: 'wren@example.com', account_role: 'Member' }],
    });
    const all = await listed(lab, lab.owner, 'expiring=30d&unused=90d');
    // the owner's key is in use, which is written within 15 seconds
    const besidesOwner = (entries: readonly SecretEntry[]): string[] =>
      entries
        .filter(({ name }) => name !== 'owner')
        .map(named)
        .sort();
    assert.deepEqual(besidesOwner(all), [
      'api-key ending: expiring',
      'api-key old: unused',
      'invitation wren@example.com: expiring',
      'registry-token short: expiring',
      'registry-token sleeping: unused',
    ]);
    assert.deepEqual(besidesOwner(await listed(lab, lab.owner, 'unused=90d')), [
      'api-key old: unused',
      'registry-token sleeping: unused',
    ]);
    const names = (await listed(lab, lab.owner)).map(({ name }) => name).sort();
    assert.deepEqual(names, ['ending', 'lasting', 'old', 'owner', 'short', 'sleeping', 'wren@example.com']);
    const key = all.find(({ name }) => name === 'ending');
    assert.deepEqual([key?.iam_id, key?.secret, key?.last_used_at], [robot.iam_id, 1, undefined]);
  });

  test('of a key that is rotated each secret has its own end and its own last use', async () => {
    await using registry = await TestRegistry.start();
    const lab = new IamLab(registry);
    const { id, apikey = '' } = await lab.key((await lab.serviceId('robot')).iam_id, { name: 'k' });
    await lab.want<ApiKey>(200, 'POST', `/v1/apikeys/${id}/rotate`, { grace: 3600 }, { 'If-Match': '*' });
    await registry.login(apikey);
    await registry.restart();
    const secrets = (await listed(lab, lab.owner, 'expiring=1d')).filter((entry) => entry.id === id);
    assert.deepEqual(
      secrets.map(({ secret, last_used_from, safe_to_delete }) => [secret, last_used_from, safe_to_delete]),
      [[1, '127.0.0.1', false]],
    );
  });

  test('a list longer than a page goes on, and no entry is lost or shown twice', async () => {
    await using registry = await TestRegistry.start();
    const lab = new IamLab(registry);
    const robots = [];
    for (let n = 0; n < 11; n++) robots.push((await lab.serviceId(`robot${n}`)).iam_id);
    for (const iamId of robots)
      await Promise.all(Array.from({ length: 20 }, (_, n) => lab.key(iamId, { name: `k${n}` })));
    const entries = (await listed(lab, lab.owner)).filter(({ name }) => name !== 'owner');
    assert.equal(entries.length, 220);
    assert.equal(new Set(entries.map(({ id }) => id)).size, 220);
    const { next } = await lab.want<Listed>(200, 'GET', '/api/v1/secrets');
    assert.equal(typeof next, 'string');
  });

  test('a caller is shown what it may read: its own keys without a policy, nothing of another account', async () => {
    await using registry = await TestRegistry.start();
    const lab = new IamLab(registry);
    const robot = await lab.someone('robot', 'Manager', { serviceName: 'container-registry' });
    const viewer = await lab.someone('viewer', 'Viewer', { serviceName: 'iam-identity' });
    await lab.want(200, 'POST', '/api/v1/tokens?description=t&permanent=true');
    assert.deepEqual(await listed(lab, robot), []);
    const seen = await listed(lab, viewer);
    assert.deepEqual(new Set(seen.map(({ kind }) => kind)), new Set(['api-key']));
    assert.equal(seen.length, 3);
    const stranger = await lab.stranger();
    assert.equal((await lab.as(stranger, 'GET', '/api/v1/secrets')).status, 401);
    const own = await lab.as(stranger, 'GET', '/api/v1/secrets', undefined, { Account: stranger.accountId });
    assert.deepEqual(
      ((await own.json()) as Listed).secrets.map(({ iam_id }) => iam_id),
      [stranger.iamId],
    );
    assert.equal((await registry.fetch('/api/v1/secrets')).status, 401);
  });

  test('a time that is none and a place of another list are refused', async () => {
    await using registry = await TestRegistry.start();
    const lab = new IamLab(registry);
    const place = (...texts: unknown[]): string =>
      `start=${Buffer.from(JSON.stringify(texts)).toString('base64url')}`;
    for (const query of [
      'expiring=30',
      'expiring=0d',
      'expiring=-1d',
      'unused=100000d',
      'unused=soon',
      'start=x',
      place('9', ''),
      place('0'),
      place('0', 'x'),
      place(0, ''),
      place('-1', ''),
    ])
      await lab.want(400, 'GET', `/api/v1/secrets?${query}`);
  });
});
