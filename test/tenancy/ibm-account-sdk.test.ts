import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import ContainerRegistryV1 from '@ibm-cloud/ibm-container-registry/dist/container-registry/v1.js';
import VulnerabilityAdvisorV4 from '@ibm-cloud/ibm-container-registry/dist/vulnerability-advisor/v4.js';
import { IamAuthenticator } from 'ibm-cloud-sdk-core';
import { TestRepository } from '../spec/repository.ts';
import { makeCertificate, trust } from '../support/certificate.ts';
import { TestRegistry } from '../support/registry.ts';

const CVE = { issueType: 'cve', issueId: 'CVE-2020-0001' };

/** IBM's own client for Node, unmodified, over TLS. */
suite('IBM’s container registry SDK: account, plan, quota, settings, Vulnerability Advisor', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-sdk-'));
  let registry: TestRegistry;
  let service: ContainerRegistryV1;
  let advisor: VulnerabilityAdvisorV4;
  let image: string;

  before(async () => {
    const { certFile, keyFile } = makeCertificate(folder);
    trust({ certFile, keyFile });
    registry = await TestRegistry.start({ env: { TIDEGATE_TLS_CERT: certFile, TIDEGATE_TLS_KEY: keyFile } });
    const authenticator = new IamAuthenticator({ apikey: registry.apikey, url: registry.url });
    const options = { authenticator, serviceUrl: registry.url };
    service = new ContainerRegistryV1({ ...options, account: registry.accountId });
    // as IBM's own suite does
    advisor = new VulnerabilityAdvisorV4({ ...options, account: 'testString', acceptLanguage: 'en' });
    await registry.namespaceAdd('birds');
    await new TestRepository(registry, 'birds/a').pushImage('1');
    image = `${registry.host}/birds/a:1`;
  });
  after(async () => {
    await registry[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test('getAuth and updateAuth', async () => {
    assert.equal((await service.updateAuth({ iamAuthz: true, privateOnly: false })).status, 204);
    const { status, result } = await service.getAuth();
    assert.deepEqual([status, result.iam_authz, result.private_only], [200, true, false]);
    assert.equal((await service.updateAuth({ privateOnly: true })).status, 204);
    assert.equal((await service.getAuth()).result.private_only, true);
  });

  test('getSettings and updateSettings', async () => {
    assert.deepEqual((await service.getSettings()).result, { platform_metrics: false });
    assert.equal((await service.updateSettings({ platformMetrics: true })).status, 204);
    const { status, result } = await service.getSettings();
    assert.deepEqual([status, result], [200, { platform_metrics: true }]);
  });

  test('getMessages', async () => {
    assert.equal((await service.getMessages()).status, 204);
  });

  test('getPlans and updatePlans', async () => {
    assert.deepEqual((await service.getPlans()).result, { plan: 'Standard' });
    assert.equal((await service.updatePlans({ plan: 'Free' })).status, 200);
    assert.deepEqual((await service.getPlans()).result, { plan: 'Free' });
    assert.equal((await service.updatePlans({ plan: 'Standard' })).status, 200);
  });

  test('getQuota and updateQuota', async () => {
    const set = await service.updateQuota({ storageMegabytes: 500, trafficMegabytes: 4900 });
    assert.equal(set.status, 200);
    const { status, result } = await service.getQuota();
    assert.equal(status, 200);
    assert.deepEqual(result.limit, { storage_bytes: 524_288_000, traffic_bytes: 5_138_022_400 });
    assert.equal((await service.updateQuota({ storageMegabytes: -1, trafficMegabytes: -1 })).status, 200);
  });

  test('reports of the account and of an image', async () => {
    const reports = await advisor.accountReportQueryPath({ includeIbm: 'false', includePrivate: 'true' });
    assert.equal(reports.status, 200);
    assert.equal(reports.result.assessments[image].status, 'UNSCANNED');
    const summaries = await advisor.accountStatusQueryPath({ repository: `${registry.host}/birds/a` });
    assert.deepEqual([summaries.status, summaries.result.images.map(({ name }) => name)], [200, [image]]);
    const report = await advisor.imageReportQueryPath({ name: image });
    assert.deepEqual(
      [report.status, report.result.status, report.result.vulnerabilities],
      [200, 'UNSCANNED', []],
    );
    const summary = await advisor.imageStatusQueryPath({ name: image });
    assert.deepEqual([summary.status, summary.result.issue_count], [200, 0]);
    await assert.rejects(advisor.imageReportQueryPath({ name: `${image}23` }), { status: 404 });
  });

  test('exemptions for the account', async () => {
    const made = await advisor.createExemptionAccount(CVE);
    assert.deepEqual([made.status, made.result.scope], [201, { scope_type: 'account' }]);
    const listed = await advisor.listExemptionAccount();
    assert.deepEqual([listed.status, listed.result.length], [200, 1]);
    assert.equal((await advisor.getExemptionAccount(CVE)).result.issue_id, CVE.issueId);
    assert.equal((await advisor.deleteExemptionAccount(CVE)).status, 200);
    await assert.rejects(advisor.getExemptionAccount(CVE), { status: 404 });
  });

  test('exemptions for an image', async () => {
    const issue = { ...CVE, resource: image };
    assert.equal((await advisor.createExemptionResource(issue)).status, 201);
    assert.equal((await advisor.getExemptionResource(issue)).result.scope?.tag, '1');
    assert.equal((await advisor.listExemptionResource({ resource: image })).result.length, 1);
    const holding = await advisor.listImageExemptions({ resource: image, includeScope: true });
    assert.deepEqual([holding.status, holding.result[0]?.scope?.scope_type], [200, 'image']);
    const bulk = await advisor.listBulkImageExemptions({ body: [image] });
    assert.deepEqual([bulk.status, bulk.result[image].length], [200, 1]);
    assert.equal((await advisor.listAccountExemptions()).result.length, 1);
    assert.equal((await advisor.deleteExemptionResource(issue)).status, 200);
  });

  test('types of exemptions, and deleting all', async () => {
    const types = await advisor.exemptHandler();
    assert.deepEqual(
      [types.status, types.result.map(({ identifier }) => identifier)],
      [200, ['cve', 'sn', 'configuration']],
    );
    await advisor.createExemptionAccount(CVE);
    const deleted = await advisor.exemptionsAccountDeleteHandler();
    assert.deepEqual([deleted.status, deleted.result], [200, { number_of_exemptions_deleted: 1 }]);
  });
});
