import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IdentitySettings } from '../../src/wire/identity-settings.ts';
import { HOUR, MINUTE } from '../support/clock.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { IamLab } from './iam-lab.ts';

const pathOf = ({ accountId }: TestRegistry): string => `/v1/accounts/${accountId}/settings/identity`;

const change = (lab: IamLab, settings: object, status = 200): Promise<IdentitySettings> =>
  lab.want(status, 'PUT', pathOf(lab.registry), settings, { 'If-Match': '*' });

/** How long a new access token lives, in seconds. */
const lifetime = async (registry: TestRegistry): Promise<number> =>
  ((await registry.login()) as unknown as { expires_in: number }).expires_in;

test('identity settings begin with IBM’s defaults, every number a string, and change by If-Match', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const path = pathOf(registry);
  const answer = await lab.as(lab.owner, 'GET', path);
  const { context, ...settings } = (await answer.json()) as IdentitySettings;
  assert.equal(context?.operation, 'GET /v1/accounts/:account_id/settings/identity');
  assert.equal(answer.headers.get('etag'), settings.entity_tag);
  assert.deepEqual(settings, {
    account_id: registry.accountId,
    entity_tag: `1-${'0'.repeat(32)}`,
    restrict_create_service_id: 'NOT_SET',
    restrict_create_platform_apikey: 'NOT_SET',
    allowed_ip_addresses: '',
    mfa: 'NONE',
    session_expiration_in_seconds: '86400',
    session_invalidation_in_seconds: '7200',
    max_sessions_per_identity: 'NOT_SET',
    system_access_token_expiration_in_seconds: '3600',
    system_refresh_token_expiration_in_seconds: '259200',
    restrict_user_list_visibility: 'NOT_RESTRICTED',
    sso_required: false,
    apikeys_bound_to_sign_in: false,
    sign_in_recheck_in_seconds: 'NOT_SET',
    user_mfa: [],
    restrict_user_domains: [],
  });
  const body = { session_expiration_in_seconds: '1800' };
  const tagged = { 'If-Match': settings.entity_tag };
  const changed = await lab.want<IdentitySettings>(200, 'PUT', path, body, tagged);
  assert.deepEqual(
    [changed.session_expiration_in_seconds, changed.session_invalidation_in_seconds],
    ['1800', '7200'],
  );
  await lab.want(412, 'PUT', path, body, tagged);
  await lab.want(400, 'PUT', path, body);
  const effective = await lab.want<{ effective: object; account: { entity_tag: string } }>(
    200,
    'GET',
    path.replace('settings', 'effective_settings'),
  );
  assert.equal((effective.effective as IdentitySettings).session_expiration_in_seconds, '1800');
  assert.equal(effective.account.entity_tag, changed.entity_tag);
  const back = await change(lab, { session_expiration_in_seconds: 'NOT_SET' });
  assert.equal(back.session_expiration_in_seconds, '86400');
  const { history = [] } = await lab.want<IdentitySettings>(200, 'GET', `${path}?include_history=true`);
  assert.deepEqual(history[0]?.params, ['session_expiration_in_seconds']);
});

test('a setting that cannot be kept is refused, and nothing of the change is done', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  for (const wrong of [
    { system_access_token_expiration_in_seconds: '899' },
    { system_access_token_expiration_in_seconds: '3601' },
    { system_refresh_token_expiration_in_seconds: '259201' },
    { session_invalidation_in_seconds: '1e3' },
    { max_sessions_per_identity: '0' },
    { mfa: 'TOTP' },
    { restrict_create_service_id: 'MAYBE' },
    { restrict_user_list_visibility: 'RESTRICTED' },
    { allowed_ip_addresses: 'home' },
    { allowed_ip_addresses: '10.0.0.0/33' },
    { allowed_ip_addresses: '10.0.0.9-10.0.0.1' },
    { sign_in_recheck_in_seconds: '59' },
    { sso_required: 'yes' },
    { user_mfa: [{ iam_id: 'IBMid-1', mfa: 'NONE' }] },
  ])
    await change(lab, { session_expiration_in_seconds: '900', ...wrong }, 400);
  const settings = await lab.want<IdentitySettings>(200, 'GET', pathOf(registry));
  assert.equal(settings.session_expiration_in_seconds, '86400');
});

test('tokens live as long as the account has settled, from the next one on', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  assert.equal(await lifetime(registry), 3600);
  await change(lab, {
    system_access_token_expiration_in_seconds: '900',
    system_refresh_token_expiration_in_seconds: '1800',
  });
  assert.equal(await lifetime(registry), 900);
  const { refresh_token: token } = await registry.login(registry.apikey, 'bx');
  registry.clock.advance(30 * MINUTE - 1000);
  await registry.bearer([], 'iamrefresh', token);
  registry.clock.advance(1000);
  await assert.rejects(registry.bearer([], 'iamrefresh', token), /401/);
});

test('a session sleeps and ends when the account has settled; a shorter sleep holds for open ones too', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const { refresh_token: open } = await registry.login(registry.apikey, 'bx');
  await change(lab, { session_invalidation_in_seconds: '900', session_expiration_in_seconds: '3600' });
  const { refresh_token: used } = await registry.login(registry.apikey, 'bx');
  registry.clock.advance(15 * MINUTE);
  await assert.rejects(registry.bearer([], 'iamrefresh', open), /401.*unused for 15 minutes/);
  const { refresh_token: busy } = await registry.login(registry.apikey, 'bx');
  await assert.rejects(registry.bearer([], 'iamrefresh', used), /401/);
  for (let at = 0; at < 59; at += 10) {
    await registry.bearer([], 'iamrefresh', busy);
    registry.clock.advance(10 * MINUTE);
  }
  await assert.rejects(registry.bearer([], 'iamrefresh', busy), /401/);
});

test('of more sessions than an identity may have, the oldest end', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  await change(lab, { max_sessions_per_identity: '2' });
  const tokens: string[] = [];
  for (let n = 0; n < 3; n++) {
    tokens.push((await registry.login(registry.apikey, 'bx')).refresh_token);
    registry.clock.advance(MINUTE);
  }
  await assert.rejects(registry.bearer([], 'iamrefresh', tokens[0]), /401/);
  await registry.bearer([], 'iamrefresh', tokens[1]);
  await registry.bearer([], 'iamrefresh', tokens[2]);
});

test('where making service IDs or keys is restricted, only Administrators of the account make them', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const editor = await lab.someone('editor', 'Editor', { serviceName: 'iam-identity' });
  const make = async (): Promise<number> =>
    (await lab.as(editor, 'POST', '/v1/serviceids', { account_id: registry.accountId, name: 'x' })).status;
  assert.equal(await make(), 201);
  await change(lab, {
    restrict_create_service_id: 'RESTRICTED',
    restrict_create_platform_apikey: 'RESTRICTED',
  });
  assert.equal(await make(), 403);
  await lab.serviceId('by the owner');
  await lab.key(registry.ownerIamId);
  await change(lab, { restrict_create_service_id: 'NOT_RESTRICTED' });
  assert.equal(await make(), 201);
});

test('no secret logs in from outside the addresses an account allows, and a change that would lock its author out is refused', async () => {
  await using registry = await TestRegistry.start({ env: { TIDEGATE_TRUSTED_PROXIES: '127.0.0.1/32' } });
  const lab = new IamLab(registry);
  await change(lab, { allowed_ip_addresses: '10.0.0.0/8' }, 400);
  const { access_token: token } = await registry.login();
  await change(lab, { allowed_ip_addresses: '127.0.0.1, 192.0.2.0/24,2001:db8::1-2001:db8::9' });
  const login = async (address: string, name: string, secret: string): Promise<number> =>
    (
      await registry.fetch('/oauth/token', {
        headers: { Authorization: basic(name, secret), 'X-Forwarded-For': address },
      })
    ).status;
  for (const [address, status] of [
    ['192.0.2.77', 200],
    ['2001:db8::7', 200],
    ['::ffff:192.0.2.1', 200],
    ['198.51.100.1', 401],
    ['2001:db8::a', 401],
  ] as const) {
    assert.equal(await login(address, 'iamapikey', registry.apikey), status, address);
    assert.equal(await login(address, 'iambearer', token), status, address);
  }
  const exchange = await registry.fetch('/identity/token', {
    method: 'POST',
    headers: { 'X-Forwarded-For': '198.51.100.1' },
    body: new URLSearchParams({
      grant_type: 'urn:ibm:params:oauth:grant-type:apikey',
      apikey: registry.apikey,
    }),
  });
  assert.equal(exchange.status, 401);
  assert.match(await exchange.text(), /does not allow logging in from 198\.51\.100\.1/);
});

test('settings are read by Viewers and changed by Administrators of the whole account, and not by members of another', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const viewer = await lab.someone('viewer', 'Viewer', { serviceName: 'iam-identity' });
  const keeper = await lab.someone('keeper', 'Administrator', {
    serviceName: 'iam-identity',
    resourceType: 'serviceid',
  });
  const stranger = await lab.stranger();
  const path = pathOf(registry);
  const statuses = async (who: { iamId: string; apikey: string }): Promise<number[]> => [
    (await lab.as(who, 'GET', path)).status,
    (await lab.as(who, 'PUT', path, { mfa: 'NONE' }, { 'If-Match': '*' })).status,
  ];
  assert.deepEqual(await statuses(viewer), [200, 403]);
  assert.deepEqual(await statuses(keeper), [403, 403]);
  assert.deepEqual(await statuses(stranger), [403, 403]);
  await lab.want(400, 'GET', '/v1/accounts/invalid/settings/identity');
});

test('a report names who did not log in for long: not who did, not who is younger', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const idle = await lab.someone('idle');
  const busy = await lab.someone('busy');
  registry.clock.advance(40 * 24 * HOUR);
  await lab.serviceId('young');
  await registry.login(busy.apikey);
  const base = `/v1/activity/accounts/${registry.accountId}/report`;
  await lab.want(404, 'GET', `${base}/latest`);
  const { reference } = await lab.want<{ reference: string }>(202, 'POST', `${base}?type=inactive`);
  const report = await lab.want<Record<string, unknown>>(200, 'GET', `${base}/${reference}`);
  assert.deepEqual(report.serviceids, [{ id: idle.id, name: 'idle' }]);
  assert.deepEqual(
    (report.apikeys as { type: string; serviceid: object }[]).map(({ type, serviceid }) => [type, serviceid]),
    [['serviceid', { id: idle.id, name: 'idle' }]],
  );
  assert.deepEqual([report.users, report.profiles], [[], []]);
  assert.deepEqual([report.report_duration, report.created_by], ['720', registry.ownerIamId]);
  assert.equal(report.report_end_time, '2026-02-24T12:00+0000');
  assert.equal(report.report_start_time, '2026-01-25T12:00+0000');
  registry.clock.advance(2 * HOUR);
  const { reference: second } = await lab.want<{ reference: string }>(202, 'POST', `${base}?duration=1`);
  const latest = await lab.want<{ reference: string; serviceids: { name: string }[] }>(
    200,
    'GET',
    `${base}/latest`,
  );
  assert.equal(latest.reference, second);
  assert.deepEqual(latest.serviceids.map(({ name }) => name).toSorted(), ['busy', 'idle', 'young']);
  await lab.want(404, 'GET', `${base}/invalid`);
  await lab.want(400, 'POST', '/v1/activity/accounts/invalid/report');
  await lab.want(400, 'POST', `${base}?type=busy`);
  const stranger = await lab.stranger();
  assert.equal((await lab.as(stranger, 'GET', `${base}/${reference}`)).status, 403);
  const own = `/v1/activity/accounts/${stranger.accountId}/report/${reference}`;
  assert.equal((await lab.as(stranger, 'GET', own)).status, 404);
  assert.equal((await lab.as(busy, 'POST', base)).status, 403);
});
