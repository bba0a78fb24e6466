import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import IamIdentity from '@ibm-cloud/platform-services/iam-identity/v1.js';
import { IamAuthenticator } from 'ibm-cloud-sdk-core';
import { makeCertificate, trust } from '../support/certificate.ts';
import { TestRegistry } from '../support/registry.ts';

/** IBM's own client for Node, unmodified, over TLS: every operation that is served. */
suite('IBM’s platform-services SDK, iam-identity v1', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-sdk-'));
  let registry: TestRegistry;
  let iam: IamIdentity;
  let accountId: string;

  before(async () => {
    const { certFile, keyFile } = makeCertificate(folder);
    trust({ certFile, keyFile });
    const env = { TIDEGATE_TLS_CERT: certFile, TIDEGATE_TLS_KEY: keyFile };
    registry = await TestRegistry.start({ env });
    const authenticator = new IamAuthenticator({ apikey: registry.apikey, url: registry.url });
    iam = new IamIdentity({ authenticator, serviceUrl: registry.url });
    accountId = registry.accountId;
  });
  after(async () => {
    await registry[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const statusOf = (call: Promise<unknown>): Promise<number | undefined> =>
    call.then(
      () => undefined,
      (error: { status?: number }) => error.status,
    );

  test('service IDs: created with a key, listed, read, changed, locked, deleted', async () => {
    const created = await iam.createServiceId({
      accountId,
      name: 'sdk',
      description: 'made by the SDK',
      apikey: { name: 'k', description: '', store_value: false },
      entityLock: 'false',
    });
    assert.equal(created.status, 201);
    const { id = '', entity_tag: tag = '' } = created.result;
    assert.equal(created.result.apikey?.apikey?.length, 44);
    const list = await iam.listServiceIds({ accountId, name: 'sdk', pagesize: 1, includeHistory: false });
    assert.deepEqual(
      list.result.serviceids?.map((each) => each.id),
      [id],
    );
    const read = await iam.getServiceId({ id, includeHistory: true, includeActivity: true });
    assert.equal((read.headers as Record<string, string>).etag, tag);
    assert.equal(read.result.history?.length, 1);
    const changed = await iam.updateServiceId({ id, ifMatch: tag, description: 'changed' });
    assert.equal(changed.result.description, 'changed');
    assert.equal(await statusOf(iam.updateServiceId({ id, ifMatch: tag, description: 'again' })), 412);
    assert.equal((await iam.lockServiceId({ id })).status, 204);
    assert.equal(await statusOf(iam.deleteServiceId({ id })), 409);
    assert.equal((await iam.unlockServiceId({ id })).status, 204);
    assert.equal((await iam.deleteServiceId({ id })).status, 204);
    assert.equal(await statusOf(iam.getServiceId({ id })), 404);
  });

  test('API keys: created, listed, read, found by their value, changed, locked, disabled, deleted', async () => {
    const iamId = registry.ownerIamId;
    const created = await iam.createApiKey({ name: 'sdk', iamId, accountId, storeValue: false });
    assert.equal(created.status, 201);
    const { id = '', apikey: secret = '', entity_tag: tag = '' } = created.result;
    const list = await iam.listApiKeys({ accountId, iamId, scope: 'entity', type: 'user', sort: 'name' });
    assert.ok(list.result.apikeys.some((each) => each.id === id));
    assert.equal((await iam.getApiKey({ id, includeHistory: true })).result.history?.length, 1);
    assert.equal((await iam.getApiKeysDetails({ iamApiKey: secret, includeHistory: false })).result.id, id);
    const changed = await iam.updateApiKey({ id, ifMatch: tag, name: 'renamed', supportSessions: true });
    assert.equal(changed.result.name, 'renamed');
    assert.equal((await iam.lockApiKey({ id })).status, 204);
    assert.equal(await statusOf(iam.deleteApiKey({ id })), 409);
    assert.equal((await iam.unlockApiKey({ id })).status, 204);
    assert.equal((await iam.disableApiKey({ id })).status, 204);
    assert.equal((await iam.enableApiKey({ id })).status, 204);
    assert.equal((await iam.deleteApiKey({ id })).status, 204);
    assert.equal(await statusOf(iam.getApiKey({ id })), 404);
    assert.equal(await statusOf(iam.createApiKey({ name: 'x', iamId, accountId: 'invalid' })), 400);
  });

  test('the pages of a list are followed to the end by its own links', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      await iam.createServiceId({ accountId, name: `page-${name}` });
    const names: (string | undefined)[] = [];
    let pagetoken: string | undefined;
    do {
      const { result } = await iam.listServiceIds({
        accountId,
        pagesize: 2,
        sort: 'name',
        order: 'desc',
        filter: 'name sw "page-"',
        ...(pagetoken === undefined ? {} : { pagetoken }),
      });
      names.push(...(result.serviceids ?? []).map(({ name }) => name));
      pagetoken = result.next ? (new URL(result.next).searchParams.get('pagetoken') ?? undefined) : undefined;
    } while (pagetoken !== undefined);
    assert.deepEqual(names, ['page-e', 'page-d', 'page-c', 'page-b', 'page-a']);
  });

  test('account settings: read, changed, in force', async () => {
    const read = await iam.getAccountSettings({ accountId, includeHistory: false });
    const changed = await iam.updateAccountSettings({
      accountId,
      ifMatch: read.result.entity_tag,
      restrictCreateServiceId: 'NOT_RESTRICTED',
      restrictCreatePlatformApikey: 'NOT_RESTRICTED',
      mfa: 'NONE',
      sessionExpirationInSeconds: '86400',
      sessionInvalidationInSeconds: '7200',
      maxSessionsPerIdentity: '10',
      systemAccessTokenExpirationInSeconds: '1800',
    });
    assert.equal(changed.result.restrict_create_service_id, 'NOT_RESTRICTED');
    const { result } = await iam.getEffectiveAccountSettings({ accountId });
    assert.equal(result.effective.max_sessions_per_identity, '10');
  });

  test('a report of inactive identities: asked for, read, and 404 or 400 for what there is not', async () => {
    const { status, result } = await iam.createReport({ accountId, type: 'inactive', duration: '720' });
    assert.equal(status, 202);
    const report = await iam.getReport({ accountId, reference: result.reference });
    assert.equal(report.status, 200);
    assert.equal(report.result.reference, result.reference);
    assert.equal((await iam.getReport({ accountId, reference: 'latest' })).result.report_duration, '720');
    assert.equal(await statusOf(iam.getReport({ accountId, reference: 'invalid' })), 404);
    assert.equal(await statusOf(iam.createReport({ accountId: 'invalid' })), 400);
  });

  test('what is not served is a 404 that says so', async () => {
    const refusal = async (call: Promise<unknown>): Promise<string> =>
      call.then(
        () => 'an answer',
        (error: { status: number; message: string }) =>
          `${error.status} ${error.message.replace('Not Found: ', '')}`,
      );
    const refusals = await Promise.all([
      refusal(iam.createServiceIdGroup({ accountId, name: 'x' })),
      refusal(iam.getMfaStatus({ accountId, iamId: registry.ownerIamId })),
      refusal(iam.getProfileTemplateVersion({ templateId: 'x', version: '1' })),
    ]);
    for (const each of refusals) assert.match(each, /^404 .* (is|are) not supported\./);
    const { result: groups } = await iam.listServiceIdGroup({ accountId });
    assert.deepEqual(groups.serviceid_groups, []);
    const { result: profiles } = await iam.listProfileTemplates({ accountId });
    assert.deepEqual(profiles.profile_templates, []);
    const { result: assigned } = await iam.listTrustedProfileAssignments({ accountId });
    assert.deepEqual(assigned.assignments, []);
    const { result: settings } = await iam.listAccountSettingsTemplates({ accountId });
    assert.deepEqual(settings.account_settings_templates, []);
  });
});
