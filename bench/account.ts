/** The management side of a registry with IBM's IAM: what the bench needs of it, over `fetch`. */
import type { Login } from './credentials.ts';

const API_KEY_GRANT = 'urn:ibm:params:oauth:grant-type:apikey';
const ANSWER_WITHIN_MS = 10_000;

export interface ApiKey {
  readonly id: string;
  readonly secret: string;
}

export class Account {
  readonly #url: URL;
  readonly #accessToken: string;
  readonly #accountId: string;
  readonly #iamId: string;

  /** Exchanges the API key for an access token; undefined where the server has no IAM or the login is no API key. */
  static async signIn(url: URL, login: Login): Promise<Account | undefined> {
    if (login.user !== 'iamapikey') return undefined;
    const response = await fetch(new URL('/identity/token', url), {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: API_KEY_GRANT,
        apikey: login.password,
        response_type: 'cloud_iam',
      }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    if (!response.ok) return undefined;
    const { access_token: token }: { access_token: string } = JSON.parse(await response.text());
    const claims: { account: { bss: string }; iam_id: string } = JSON.parse(
      Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'),
    );
    return new Account(url, token, claims.account.bss, claims.iam_id);
  }

  constructor(url: URL, accessToken: string, accountId: string, iamId: string) {
    this.#url = url;
    this.#accessToken = accessToken;
    this.#accountId = accountId;
    this.#iamId = iamId;
  }

  get id(): string {
    return this.#accountId;
  }

  async addNamespace(name: string): Promise<void> {
    await this.#call('PUT', `/api/v1/namespaces/${name}`, [200, 201]);
  }

  async createApiKey(name: string): Promise<ApiKey> {
    const wanted = { name, iam_id: this.#iamId, account_id: this.#accountId };
    const made: { id: string; apikey: string } = JSON.parse(
      await this.#call('POST', '/v1/apikeys', [201], wanted),
    );
    return { id: made.id, secret: made.apikey };
  }

  /** The id of a trusted profile that trusts by this rule, and may pull nothing. */
  async createTrustedProfile(name: string, rule: object): Promise<string> {
    const wanted = { name, account_id: this.#accountId };
    const { id }: { id: string } = JSON.parse(await this.#call('POST', '/v1/profiles', [201], wanted));
    await this.#call('POST', `/v1/profiles/${id}/rules`, [201], rule);
    return id;
  }

  async deleteApiKey(id: string): Promise<void> {
    await this.#call('DELETE', `/v1/apikeys/${id}`, [204]);
  }

  async #call(method: string, path: string, due: readonly number[], json?: unknown): Promise<string> {
    const response = await fetch(new URL(path, this.#url), {
      method,
      headers: {
        authorization: `Bearer ${this.#accessToken}`,
        account: this.#accountId,
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: json === undefined ? null : JSON.stringify(json),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    const text = await response.text();
    if (due.includes(response.status)) return text;
    throw new Error(
      `${method} ${path}: ${response.status} where ${due.join(' or ')} was due: ${text.slice(0, 300)}`,
    );
  }
}
