import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type JWTHeaderParameters, SignJWT } from 'jose';
import { stringify } from 'yaml';
import type { Clock } from '../../src/clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

export const AUDIENCE = 'https://reg.example.com';
export const GITHUB = 'https://token.actions.githubusercontent.com';

type Claims = Record<string, unknown>;

/** What a platform's tokens say, as its documents show it. Times are seconds from now. */
export const SAMPLES = {
  github: {
    iss: GITHUB,
    aud: AUDIENCE,
    sub: 'repo:acme@123456/app@456789:ref:refs/heads/main',
    repository: 'acme/app',
    repository_id: '456789',
    repository_owner: 'acme',
    repository_owner_id: '123456',
    ref: 'refs/heads/main',
    ref_type: 'branch',
    event_name: 'push',
    job_workflow_ref: 'acme/app/.github/workflows/ci.yml@refs/heads/main',
    runner_environment: 'github-hosted',
    run_id: '9',
    nbf: -600,
    iat: 0,
    exp: 300,
  },
  kubernetes: {
    iss: 'https://kubernetes.default.svc',
    aud: [AUDIENCE],
    sub: 'system:serviceaccount:prod:deploy',
    'kubernetes.io': {
      namespace: 'prod',
      serviceaccount: { name: 'deploy', uid: 'f5700000-0000-4000-8000-000000000000' },
      pod: { name: 'p', uid: '49a00000-0000-4000-8000-000000000000' },
    },
    iat: 0,
    nbf: 0,
    exp: 3600,
  },
  gitlab: {
    iss: 'https://gitlab.com',
    aud: AUDIENCE,
    sub: 'project_path:acme/app:ref_type:branch:ref:main',
    project_path: 'acme/app',
    project_id: '22',
    namespace_id: '72',
    ref: 'main',
    ref_type: 'branch',
    ref_path: 'refs/heads/main',
    ref_protected: 'true',
    pipeline_source: 'push',
    runner_id: 1,
    iat: 0,
    nbf: -5,
    exp: 3600,
  },
  buildkite: {
    iss: 'https://agent.buildkite.com',
    aud: AUDIENCE,
    sub: 'organization:acme:pipeline:app:ref:refs/heads/main:commit:9f3:step:build',
    organization_id: '0184990a-477b-4fa8-9968-496074483cee',
    organization_slug: 'acme',
    pipeline_slug: 'app',
    build_branch: 'main',
    iat: 0,
    nbf: 0,
    exp: 300,
  },
  circleci: {
    iss: 'https://oidc.circleci.com/org/2f1b0000-0000-4000-8000-000000000000',
    aud: AUDIENCE,
    sub: 'org/2f1b/project/77aa/user/1',
    'oidc.circleci.com/project-id': '77aa0000-0000-4000-8000-000000000000',
    'oidc.circleci.com/context-ids': ['c1'],
    'oidc.circleci.com/ssh-rerun': false,
    iat: 0,
    exp: 3600,
  },
  bitbucket: {
    iss: 'https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc',
    aud: AUDIENCE,
    sub: '{1111}:{2222}',
    repositoryUuid: '{11110000-0000-4000-8000-000000000000}',
    stepUuid: '{22220000-0000-4000-8000-000000000000}',
    iat: 0,
    exp: 3600,
  },
  google: {
    iss: 'https://accounts.google.com',
    aud: AUDIENCE,
    sub: '104000000000000000001',
    email: 'ci@acme.iam.gserviceaccount.com',
    email_verified: true,
    iat: 0,
    exp: 3600,
  },
  azure: {
    iss: 'https://login.microsoftonline.com/7d1c/v2.0',
    aud: AUDIENCE,
    sub: 'aa',
    tid: '7d1c',
    oid: '0b1d',
    azp: '11aa',
    idtyp: 'app',
    iat: 0,
    exp: 3600,
  },
} as const satisfies Record<string, Claims>;

export type Sample = keyof typeof SAMPLES;

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A platform that signs tokens for its builds, and serves its discovery document and its keys. */
export class Platform implements AsyncDisposable {
  readonly iss: string;
  readonly #clock: Clock;
  readonly #keys = new Map<string, { publicKey: KeyObject; privateKey: KeyObject }>();
  /** Paths that were asked for. */
  readonly asked: string[] = [];
  /** What answers in place of the documents. */
  instead: Answer | undefined;
  /** What the discovery document says beside. */
  discovery: Claims = {};
  #server: Server | undefined;
  #kid = '';

  private constructor(iss: string, clock: Clock) {
    this.iss = iss;
    this.#clock = clock;
    this.rotate('key-1');
  }

  static async start(iss: string, clock: Clock): Promise<Platform> {
    const platform = new Platform(iss, clock);
    const server = createServer((request, response) => platform.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    platform.#server = server;
    return platform;
  }

  get url(): string {
    const address = this.#server?.address() as AddressInfo | undefined;
    return `http://127.0.0.1:${address?.port}`;
  }

  /** Signs with another key from now on; the keys before stay published unless `alone`. */
  rotate(kid: string, alone = false): void {
    if (alone) this.#keys.clear();
    this.#keys.set(kid, generateKeyPairSync('rsa', { modulusLength: 2048 }));
    this.#kid = kid;
  }

  get jwks(): { keys: object[] } {
    const keys = [...this.#keys].map(([kid, { publicKey }]) => ({
      ...publicKey.export({ format: 'jwk' }),
      kid,
      use: 'sig',
    }));
    return { keys };
  }

  get publicKey(): KeyObject {
    return this.#pair(this.#kid).publicKey;
  }

  /** A token; times of `claims` are seconds from now, and claims of undefined are left out. */
  token(
    claims: Claims,
    header: Partial<JWTHeaderParameters> = {},
    key: KeyObject | Uint8Array = this.#pair(this.#kid).privateKey,
  ): Promise<string> {
    const now = Math.floor(this.#clock.now() / 1000);
    const timed = Object.entries({ jti: crypto.randomUUID(), ...claims }).map(([name, value]) => [
      name,
      ['iat', 'nbf', 'exp'].includes(name) && typeof value === 'number' ? now + value : value,
    ]);
    return new SignJWT(JSON.parse(JSON.stringify(Object.fromEntries(timed))))
      .setProtectedHeader({ alg: 'RS256', kid: this.#kid, ...header })
      .sign(key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  #pair(kid: string) {
    const pair = this.#keys.get(kid);
    if (!pair) throw new Error(`no key ${kid}`);
    return pair;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.asked.push(request.url ?? '');
    if (this.instead) {
      this.instead(request, response);
      return;
    }
    const document =
      request.url === '/jwks'
        ? this.jwks
        : { issuer: this.iss, jwks_uri: `${this.url}/jwks`, ...this.discovery };
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(document));
  }
}

/** The file TIDEGATE_ISSUERS_FILE names. */
export class IssuersFile {
  readonly path: string;

  constructor(issuers: readonly object[]) {
    this.path = join(temporaryFolder().path, 'issuers.yaml');
    this.write(issuers);
  }

  write(issuers: readonly object[]): void {
    this.text(stringify({ issuers }));
  }

  /** Whole or not at all, as a mounted ConfigMap changes. */
  text(content: string): void {
    writeFileSync(`${this.path}.new`, content);
    renameSync(`${this.path}.new`, this.path);
  }
}

/** Where a platform's documents are, in the words of the file. */
export const declared = (platform: Platform, more: object = {}): object => ({
  name: 'github',
  preset: 'github',
  audiences: [AUDIENCE],
  discovery: `${platform.url}/.well-known/openid-configuration`,
  ...more,
});
