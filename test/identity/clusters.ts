import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JWTHeaderParameters, SignJWT } from 'jose';
import { stringify } from 'yaml';
import { temporaryFolder } from '../support/temporary-folder.ts';

export const ISSUER = 'https://kubernetes.default.svc';
export const AUDIENCE = 'tidegate';
/** When the test registry's clock stands, in seconds. */
const NOW = Date.UTC(2026, 0, 15, 12) / 1000;

/** A cluster that signs the tokens of its service accounts. */
export class Cluster {
  readonly crn: string;
  readonly kid: string;
  readonly publicKey: KeyObject;
  readonly #privateKey: KeyObject;

  constructor(account: string, kid = 'cluster-key') {
    this.crn = `crn:v1:bluemix:public:containers-kubernetes:us-south:a/${account}:${kid}::`;
    this.kid = kid;
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.publicKey = publicKey;
    this.#privateKey = privateKey;
  }

  /** A token of a service account; `claims` of undefined are left out. */
  token(
    claims: Record<string, unknown> = {},
    header: Partial<JWTHeaderParameters> = {},
    key: KeyObject | Uint8Array = this.#privateKey,
  ): Promise<string> {
    const all = {
      iss: ISSUER,
      aud: [AUDIENCE],
      sub: 'system:serviceaccount:prod:ci',
      iat: NOW,
      nbf: NOW,
      exp: NOW + 600,
      team: ['birds', 'ops'],
      ...claims,
    };
    return new SignJWT(JSON.parse(JSON.stringify(all)))
      .setProtectedHeader({ alg: 'RS256', kid: this.kid, ...header })
      .sign(key);
  }

  get entry(): object {
    return {
      issuer: ISSUER,
      audiences: [AUDIENCE],
      cr_type: 'IKS_SA',
      crn: this.crn,
      jwks: {
        keys: [{ ...this.publicKey.export({ format: 'jwk' }), kid: this.kid, alg: 'RS256', use: 'sig' }],
      },
    };
  }
}

/** The file TIDEGATE_COMPUTE_ISSUERS_FILE names. */
export const issuersFile = (issuers: readonly object[]): string => {
  const path = join(temporaryFolder().path, 'issuers.yaml');
  writeFileSync(path, stringify({ issuers }));
  return path;
};
