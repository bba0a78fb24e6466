/**
 * Fills a running registry through its doors, with HTTP alone, so that it works against any version: it made the
 * fixtures in this folder on version 6e5a00d. Prints, as JSON, the secrets and ids by which a test finds everything again.
 *
 *   node scripts/run.cjs test/upgrade/populate.ts URL OWNER_APIKEY
 */
import { createHash } from 'node:crypto';

const [url = '', apikey = ''] = process.argv.slice(2);

const refuse = async (response: Response): Promise<never> => {
  throw new Error(`${response.url}: ${response.status} ${await response.text()}`);
};

const login = async (form: Record<string, string>, client?: string): Promise<Record<string, string>> => {
  const headers = client ? { Authorization: `Basic ${Buffer.from(client).toString('base64')}` } : undefined;
  const init = { method: 'POST', body: new URLSearchParams(form), ...(headers ? { headers } : {}) };
  const response = await fetch(`${url}/identity/token`, init);
  return response.ok ? ((await response.json()) as Record<string, string>) : refuse(response);
};

const APIKEY = 'urn:ibm:params:oauth:grant-type:apikey';
const { access_token: token = '', refresh_token: refreshToken = '' } = await login(
  { grant_type: APIKEY, apikey },
  'bx:bx',
);
const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
const accountId: string = claims.account.bss;

const call = async (method: string, path: string, body?: unknown): Promise<Record<string, string>> => {
  const response = await fetch(url + path, {
    method,
    headers: {
      Authorization: `Bearer ${token}`,
      Account: accountId,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) return refuse(response);
  const text = await response.text();
  return text ? JSON.parse(text) : {};
};

const basic = `Basic ${Buffer.from(`iamapikey:${apikey}`).toString('base64')}`;
const digestOf = (bytes: Uint8Array | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const putBlob = async (repository: string, bytes: Buffer): Promise<{ digest: string; size: number }> => {
  const digest = digestOf(bytes);
  const begun = await fetch(`${url}/v2/${repository}/blobs/uploads/`, {
    method: 'POST',
    headers: { Authorization: basic },
  });
  const location = new URL(begun.headers.get('location') ?? '', url);
  location.searchParams.set('digest', digest);
  const done = await fetch(location, {
    method: 'PUT',
    headers: { Authorization: basic, 'Content-Type': 'application/octet-stream' },
    body: new Uint8Array(bytes),
  });
  if (done.status !== 201) await refuse(done);
  return { digest, size: bytes.length };
};

const putManifest = async (repository: string, reference: string, manifest: object): Promise<string> => {
  const body = JSON.stringify(manifest);
  const { mediaType } = manifest as { mediaType: string };
  const answer = await fetch(`${url}/v2/${repository}/manifests/${reference || digestOf(body)}`, {
    method: 'PUT',
    headers: { Authorization: basic, 'Content-Type': mediaType },
    body,
  });
  if (answer.status !== 201) await refuse(answer);
  return digestOf(body);
};

const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';

const pushImage = async (
  repository: string,
  reference: string,
  about: { architecture: string; fill: string; size: number; subject?: object },
): Promise<{ mediaType: string; digest: string; size: number }> => {
  const config = Buffer.from(
    JSON.stringify({
      architecture: about.architecture,
      os: 'linux',
      created: '2026-11-01T00:00:00Z',
      config: {},
      rootfs: { type: 'layers', diff_ids: [] },
    }),
  );
  const layer = Buffer.alloc(about.size, about.fill);
  const manifest = {
    schemaVersion: 2,
    mediaType: IMAGE,
    ...(about.subject ? { artifactType: 'application/vnd.example.sbom', subject: about.subject } : {}),
    config: { mediaType: CONFIG, ...(await putBlob(repository, config)) },
    layers: [{ mediaType: LAYER, ...(await putBlob(repository, layer)) }],
  };
  const digest = await putManifest(repository, reference, manifest);
  return { mediaType: IMAGE, digest, size: JSON.stringify(manifest).length };
};

// places
await call('PUT', '/api/v1/namespaces/birds');
await call('PUT', '/api/v1/namespaces/trees');
const group = await call('POST', '/v2/resource_groups', { name: 'production', account_id: accountId });

// people, machines, rights
const serviceId = await call('POST', '/v1/serviceids', {
  account_id: accountId,
  name: 'ci',
  apikey: { name: 'build' },
});
const ciKey = (serviceId as unknown as { apikey: { id: string; apikey: string } }).apikey;
const disabledKey = await call('POST', '/v1/apikeys', {
  name: 'disabled',
  iam_id: claims.iam_id,
  account_id: accountId,
});
await call('POST', `/v1/apikeys/${disabledKey.id}/disable`);
const accessGroup = await call('POST', `/v2/groups?account_id=${accountId}`, { name: 'readers' });
await call('PUT', `/v2/groups/${accessGroup.id}/members`, {
  members: [{ iam_id: `iam-${serviceId.id}`, type: 'service' }],
});
const role = await call('POST', '/v2/roles', {
  name: 'Puller',
  display_name: 'Puller',
  service_name: 'container-registry',
  actions: ['container-registry.image.pull'],
  account_id: accountId,
});
const policy = (subject: object, roleId: string, namespace: string) =>
  call('POST', '/v1/policies', {
    type: 'access',
    subjects: [{ attributes: [subject] }],
    roles: [{ role_id: roleId }],
    resources: [
      {
        attributes: [
          { name: 'accountId', value: accountId },
          { name: 'serviceName', value: 'container-registry' },
          { name: 'resourceType', value: 'namespace' },
          { name: 'resource', value: namespace },
        ],
      },
    ],
  });
const writer = await policy(
  { name: 'iam_id', value: `iam-${serviceId.id}` },
  'crn:v1:bluemix:public:iam::::serviceRole:Writer',
  'birds',
);
await policy({ name: 'access_group_id', value: accessGroup.id }, role.crn ?? '', 'trees');
const profile = await call('POST', '/v1/profiles', { name: 'deploy', account_id: accountId });
await call('POST', `/v1/profiles/${profile.id}/identities/serviceid`, {
  identifier: serviceId.iam_id,
  type: 'serviceid',
});
const { token: registryToken = '' } = await call(
  'POST',
  '/api/v1/tokens?permanent=true&write=true&description=old',
);
await call('PATCH', '/api/v1/quotas', { storage_megabytes: 500, traffic_megabytes: 4900 });

// content
const amd64 = await pushImage('birds/finch', '', { architecture: 'amd64', fill: 'a', size: 3000 });
const arm64 = await pushImage('birds/finch', '', { architecture: 'arm64', fill: 'b', size: 40_000 });
const index = {
  schemaVersion: 2,
  mediaType: INDEX,
  manifests: [
    { ...amd64, platform: { architecture: 'amd64', os: 'linux' } },
    { ...arm64, platform: { architecture: 'arm64', os: 'linux' } },
  ],
};
const indexDigest = await putManifest('birds/finch', '1.0', index);
await putManifest('birds/finch', 'latest', index);
const subject = { mediaType: INDEX, digest: indexDigest, size: JSON.stringify(index).length };
const sbom = await pushImage('birds/finch', '', { architecture: 'amd64', fill: 's', size: 200, subject });
const oak = await pushImage('trees/oak', 'v1', { architecture: 'amd64', fill: 'a', size: 3000 });
const untagged = await pushImage('trees/oak', 'v1', { architecture: 'amd64', fill: 'z', size: 9000 });

console.log(
  JSON.stringify(
    {
      accountId,
      ownerIamId: claims.iam_id,
      owner: apikey,
      refreshToken,
      ciKey: ciKey.apikey,
      ciKeyId: ciKey.id,
      disabledKey: disabledKey.apikey,
      registryToken,
      serviceId: serviceId.id,
      profileId: profile.id,
      accessGroupId: accessGroup.id,
      resourceGroupId: group.id,
      writerPolicyId: writer.id,
      index: indexDigest,
      platforms: [amd64.digest, arm64.digest],
      sbom: sbom.digest,
      oakBefore: oak.digest,
      oak: untagged.digest,
    },
    null,
    2,
  ),
);
