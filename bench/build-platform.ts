/** A platform of builds: its key, and the tokens that it gives to jobs. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

const ISSUER = 'https://token.actions.githubusercontent.com';
const AUDIENCE = 'https://bench.example.com';
const KEY_ID = 'bench';
/** As long as the tokens of GitHub live, in seconds. */
const LIFE = 300;

/** What the tokens say beside their times: what those of GitHub do. */
const CLAIMS = {
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'repo:acme@123456/app@456789:ref:refs/heads/main',
  repository: 'acme/app',
  repository_id: '456789',
  repository_owner: 'acme',
  repository_owner_id: '123456',
  ref: 'refs/heads/main',
  ref_type: 'branch',
  sha: '9f3c0000000000000000000000000000000000ab',
  event_name: 'push',
  job_workflow_ref: 'acme/app/.github/workflows/ci.yml@refs/heads/main',
  workflow_ref: 'acme/app/.github/workflows/ci.yml@refs/heads/main',
  runner_environment: 'github-hosted',
  run_id: '16000000000',
  run_attempt: '1',
  actor: 'octocat',
};

/** A rule that trusts these tokens. */
export const RULE = {
  type: 'Profile-CR',
  cr_type: 'OIDC',
  realm_name: ISSUER,
  conditions: [{ claim: 'repository_id', operator: 'EQUALS', value: '"456789"' }],
};

export class BuildPlatform {
  readonly #key: KeyObject;
  readonly #header: string;
  #count = 0;

  private constructor(key: KeyObject) {
    this.#key = key;
    this.#header = encode({ alg: 'RS256', typ: 'JWT', kid: KEY_ID });
  }

  /** Its key, and the file that declares it to a server. */
  static async declare(folder: string): Promise<{ platform: BuildPlatform; file: string }> {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const [keys, file] = [path.join(folder, 'build-keys.json'), path.join(folder, 'issuers.yaml')];
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: KEY_ID, use: 'sig', alg: 'RS256' };
    await writeFile(keys, JSON.stringify({ keys: [jwk] }));
    const declared = { name: 'github', preset: 'github', audiences: [AUDIENCE], jwks_file: keys };
    // JSON is YAML
    await writeFile(file, JSON.stringify({ issuers: [declared] }));
    return { platform: new BuildPlatform(privateKey), file };
  }

  /** Another token each time. */
  token(): string {
    const iat = Math.floor(Date.now() / 1000);
    const times = { iat, nbf: iat, exp: iat + LIFE, jti: `bench-${this.#count++}` };
    const signed = `${this.#header}.${encode({ ...CLAIMS, ...times })}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), this.#key).toString('base64url')}`;
  }
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
