import { equal, ok } from 'node:assert/strict';
import { PASSWORD } from '../identity/people.ts';
import type { TestRegistry } from '../support/registry.ts';
import { type Descriptor, Pusher } from './images.ts';

const DAY = 86_400_000;
const READER = 'crn:v1:bluemix:public:iam::::serviceRole:Reader';
const WRITER = 'crn:v1:bluemix:public:iam::::serviceRole:Writer';

/** A thing of each kind, by the name of its place in the address of its page. */
export interface Filled {
  readonly repository: string;
  readonly namespace: string;
  readonly group: string;
  readonly policy: string;
  readonly profile: string;
  readonly webhook: string;
  readonly apiKey: string;
  readonly serviceId: string;
  readonly user: string;
  /** Of a push that was refused. */
  readonly refusedRequest: string;
}

/** A registry as a team has it after some weeks: something stands on each page. */
export const fill = async (registry: TestRegistry): Promise<Filled> => {
  const { accountId } = registry;
  const send = async (method: string, path: string, body?: object): Promise<Record<string, string>> => {
    const answer = await registry.api(method, path, body);
    const told = await answer.text();
    ok(answer.ok, `${method} ${path}: ${answer.status} ${told}`);
    return told === '' ? {} : (JSON.parse(told) as Record<string, string>);
  };
  const of = `account_id=${accountId}`;
  for (const name of ['birds', 'payments', 'platform']) await registry.namespaceAdd(name);
  const serviceId = await send('POST', '/v1/serviceids', {
    account_id: accountId,
    name: 'ci-payments',
    description: 'builds and pushes the images of the payments team',
    apikey: { name: 'build' },
  });
  await send('POST', '/v1/serviceids', { account_id: accountId, name: 'production-pull' });
  const key = await send('POST', '/v1/apikeys', {
    name: 'laptop of Ada',
    description: 'ends soon',
    iam_id: registry.ownerIamId,
    account_id: accountId,
    expires_at: `${new Date(registry.clock.now() + 28 * DAY).toISOString().slice(0, 16)}+0000`,
  });
  const group = await send('POST', `/v2/groups?${of}`, {
    name: 'payments developers',
    description: 'push to payments, pull everything',
  });
  await send('PUT', `/v2/groups/${group.id}/members`, {
    members: [{ iam_id: serviceId.iam_id, type: 'service' }],
  });
  const policyOf = (subject: object, role: string, namespace?: string): object => ({
    type: 'access',
    description: namespace === undefined ? 'pulls everything' : `works in ${namespace}`,
    subject: { attributes: [subject] },
    resource: {
      attributes: [
        { key: 'accountId', operator: 'stringEquals', value: accountId },
        { key: 'serviceName', operator: 'stringEquals', value: 'container-registry' },
        ...(namespace === undefined
          ? []
          : [
              { key: 'resourceType', operator: 'stringEquals', value: 'namespace' },
              { key: 'resource', operator: 'stringEquals', value: namespace },
            ]),
      ],
    },
    control: { grant: { roles: [{ role_id: role }] } },
  });
  const isService = { key: 'iam_id', operator: 'stringEquals', value: serviceId.iam_id };
  const isGroup = { key: 'access_group_id', operator: 'stringEquals', value: group.id };
  const policy = await send('POST', '/v2/policies', policyOf(isService, READER));
  await send('POST', '/v2/policies', policyOf(isGroup, WRITER, 'payments'));
  const profile = await send('POST', '/v1/profiles', {
    name: 'deploy',
    description: 'the pipeline that rolls out',
    account_id: accountId,
  });
  await send('POST', `/v1/profiles/${profile.id}/identities/serviceid`, {
    type: 'serviceid',
    identifier: serviceId.id,
  });
  const webhook = await send('POST', '/api/v1/webhooks', {
    name: 'deployments',
    // there is no such host: its deliveries fail
    url: 'https://deploy.invalid/hook',
    events: ['image.pushed', 'image.deleted'],
    description: 'tells the deployment what is new',
  });
  await send('PATCH', '/api/v1/quotas', { storage_megabytes: 10, traffic_megabytes: 500 });
  await pushImages(registry);
  const user = await join(registry, 'grace@example.com', 'Grace', 'Hopper');
  await send('POST', `/v2/accounts/${accountId}/users`, {
    users: [{ email: 'alan@example.com', account_role: 'Member' }],
  });
  const apikey = (serviceId.apikey as unknown as { apikey: string }).apikey;
  for (const used of [apikey, key.apikey ?? '']) await registry.login(used);
  const refusedRequest = await new Pusher(registry, apikey).refused('birds/app');
  await send('POST', '/api/v1/tokens?permanent=true&description=old%20build%20server');
  await registry.runJob('record-activity');
  await registry.runJob('find-warnings');
  return {
    repository: 'birds/app',
    namespace: 'birds',
    group: group.id ?? '',
    policy: policy.id ?? '',
    profile: profile.id ?? '',
    webhook: webhook.id ?? '',
    apiKey: key.id ?? '',
    serviceId: serviceId.id ?? '',
    user,
    refusedRequest,
  };
};

/** Several versions, an image for two machines with a signature, an SBOM and provenance, one in the trash. */
const pushImages = async (registry: TestRegistry): Promise<void> => {
  const pusher = new Pusher(registry);
  const config = {
    Entrypoint: ['/usr/bin/app'],
    Cmd: ['--listen', '0.0.0.0:8080'],
    Env: ['PATH=/usr/bin', 'LOG=info'],
    ExposedPorts: { '8080/tcp': {} },
    User: '65532',
    Labels: {
      'org.opencontainers.image.source': 'https://example.com/birds/app',
      'org.opencontainers.image.revision': '4f2c9d1',
    },
  };
  for (const version of ['1.8', '1.9', '1.10']) {
    await pusher.image('birds/app', [version], { layer: version.repeat(40_000), config });
    registry.clock.advance(8 * DAY);
  }
  const multi = await pushMultiPlatform(pusher, 'birds/app', ['2.0', 'latest'], config);
  await hang(pusher, 'birds/app', multi);
  await pusher.image('birds/nest', ['main'], { layer: 'n'.repeat(90_000), config });
  await pusher.image('payments/api', ['3.1.0', 'stable'], { layer: 'p'.repeat(400_000), config });
  await pusher.image('payments/worker', ['3.1.0'], { layer: 'q'.repeat(700_000), config });
  const gone = await pusher.image('birds/app', ['broken'], { layer: 'broken', config });
  const deleted = await registry.v2('DELETE', `birds/app/manifests/${gone.digest}`);
  equal(deleted.status, 202);
};

export const pushMultiPlatform = async (
  pusher: Pusher,
  repository: string,
  tags: readonly string[],
  config: object = {},
): Promise<Descriptor> => {
  const amd64 = await pusher.image(repository, [], { layer: 'a'.repeat(120_000), config });
  const arm64 = await pusher.image(repository, [], {
    layer: 'b'.repeat(140_000),
    architecture: 'arm64',
    variant: 'v8',
    config,
  });
  const attestation = await pusher.image(repository, [], {
    layer: '{}',
    architecture: 'unknown',
    annotations: { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v1' },
  });
  return pusher.index(repository, tags, [
    { ...amd64, platform: { os: 'linux', architecture: 'amd64' } },
    { ...arm64, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
    {
      ...attestation,
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: {
        'vnd.docker.reference.type': 'attestation-manifest',
        'vnd.docker.reference.digest': amd64.digest,
      },
    },
  ]);
};

const hang = async (pusher: Pusher, repository: string, subject: Descriptor): Promise<void> => {
  const signature = 'application/vnd.dev.cosign.artifact.sig.v1+json';
  for (const [artifactType, layer] of [
    [signature, '{"critical":{}}'],
    ['application/spdx+json', '{"spdxVersion":"SPDX-2.3"}'],
  ] as const)
    await pusher.image(repository, [], { artifactType, layer, subject });
};

const join = async (
  registry: TestRegistry,
  email: string,
  first_name: string,
  last_name: string,
): Promise<string> => {
  const users = [{ email, account_role: 'Member' }];
  const invited = await registry.api('POST', `/v2/accounts/${registry.accountId}/users`, { users });
  const { resources } = (await invited.json()) as { resources: [{ id: string; invitation_code: string }] };
  const [{ id, invitation_code: code }] = resources;
  const accepted = await registry.fetch('/v1/invitations/accept', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ code, password: PASSWORD, first_name, last_name }),
  });
  equal(accepted.status, 200, await accepted.text());
  return id;
};
