import assert from 'node:assert/strict';
import type { Answer } from '../access/caller.ts';
import { CONFIG, descriptorOf, newBytes, OCI_MANIFEST } from '../spec/content.ts';
import { MovableClock } from '../support/clock.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { as, CR_TOKEN, grant, newProfile } from './people.ts';
import { declared, GITHUB, IssuersFile, Platform, SAMPLES, type Sample } from './platform.ts';

export interface Condition {
  readonly claim: string;
  readonly operator: string;
  readonly value: string;
}

/** A condition with the value as JSON. */
export const when = (claim: string, value: unknown, operator = 'EQUALS'): Condition => ({
  claim,
  operator,
  value: JSON.stringify(value),
});

export const REPOSITORY = when('repository_id', '456789');

/** A registry that knows GitHub, or another platform, and a namespace to push to. */
export class KeylessLab implements AsyncDisposable {
  readonly registry: TestRegistry;
  readonly platform: Platform;
  readonly file: IssuersFile;
  readonly sample: Sample;

  private constructor(registry: TestRegistry, platform: Platform, file: IssuersFile, sample: Sample) {
    this.registry = registry;
    this.platform = platform;
    this.file = file;
    this.sample = sample;
  }

  static async start(
    sample: Sample = 'github',
    declare: (platform: Platform) => readonly object[] = (platform) => [
      declared(platform, { name: sample, preset: sample, issuer: SAMPLES[sample].iss }),
    ],
    env: Record<string, string> = {},
  ): Promise<KeylessLab> {
    // the registry's clock begins at the same moment, and is moved with it
    const clock = { now: (): number => registry?.clock.now() ?? new MovableClock().now() };
    let registry: TestRegistry | undefined;
    const platform = await Platform.start(SAMPLES[sample].iss, clock);
    const file = new IssuersFile(declare(platform));
    registry = await TestRegistry.start({ env: { ...env, TIDEGATE_ISSUERS_FILE: file.path } });
    await registry.namespaceAdd('birds');
    return new KeylessLab(registry, platform, file, sample);
  }

  token(claims: object = {}): Promise<string> {
    return this.platform.token({ ...SAMPLES[this.sample], ...claims });
  }

  async owner(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return as(this.registry, (await this.registry.login()).access_token, method, path, body, headers);
  }

  rule(conditions: readonly Condition[], more: object = {}): object {
    return { type: 'Profile-CR', cr_type: 'OIDC', realm_name: SAMPLES[this.sample].iss, conditions, ...more };
  }

  /** A profile that may push to birds, and trusts tokens that meet the conditions. */
  async profile(
    conditions: readonly Condition[] = [REPOSITORY],
    more: object = {},
    name = `ci-${crypto.randomUUID().slice(0, 8)}`,
  ): Promise<{ id: string; name: string; rule: string }> {
    const { id } = await newProfile(this.registry, name);
    const made = await this.owner('POST', `/v1/profiles/${id}/rules`, this.rule(conditions, more));
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const policy = await this.owner('POST', '/v1/policies', {
      type: 'access',
      subjects: [{ attributes: [{ name: 'iam_id', value: `iam-${id}` }] }],
      roles: [{ role_id: 'crn:v1:bluemix:public:iam::::serviceRole:Writer' }],
      resources: [
        {
          attributes: [
            { name: 'accountId', value: this.registry.accountId },
            { name: 'serviceName', value: 'container-registry' },
            { name: 'resourceType', value: 'namespace' },
            { name: 'resource', value: 'birds' },
          ],
        },
      ],
    });
    assert.equal(policy.status, 201, JSON.stringify(policy.body));
    return { id, name, rule: made.body.id };
  }

  /** The status of docker's token request with a token as the password. */
  async dockerLogin(userName: string, password: string): Promise<number> {
    const answer = await this.registry.fetch('/oauth/token?scope=repository:birds/app:pull,push', {
      headers: { Authorization: basic(userName, password) },
    });
    await answer.body?.cancel();
    return answer.status;
  }

  bearer(userName: string, password: string): Promise<string> {
    return this.registry.bearer('repository:birds/app:pull,push', userName, password);
  }

  /** The status of a push's first request with a bearer. */
  async push(bearer: string): Promise<number> {
    const answer = await this.registry.fetch('/v2/birds/app/blobs/uploads/', {
      method: 'POST',
      headers: { Authorization: `Bearer ${bearer}` },
    });
    await answer.body?.cancel();
    return answer.status;
  }

  /** Pushes an image without layers, with the tag 1. */
  async pushImage(bearer: string, repository = 'birds/app'): Promise<void> {
    const headers = { Authorization: `Bearer ${bearer}`, 'Content-Type': OCI_MANIFEST };
    const bytes = newBytes();
    const config = descriptorOf(CONFIG, bytes);
    const upload = await this.registry.fetch(`/v2/${repository}/blobs/uploads/?digest=${config.digest}`, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/octet-stream' },
      body: new Uint8Array(bytes),
    });
    assert.equal(upload.status, 201);
    const body = JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [] });
    const pushed = await this.registry.fetch(`/v2/${repository}/manifests/1`, {
      method: 'PUT',
      headers,
      body,
    });
    assert.equal(pushed.status, 201, await pushed.text());
  }

  exchange(profileId: string, token: string, more: Record<string, string> = {}): Promise<Answer> {
    return grant(this.registry, { grant_type: CR_TOKEN, cr_token: token, profile_id: profileId, ...more });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.registry[Symbol.asyncDispose]();
    await this.platform[Symbol.asyncDispose]();
  }
}

export { GITHUB };
