/** What the trials of revocation do to an account, over HTTP as anybody would. */
import { HttpClient } from '../http-client.ts';
import type { Target } from '../target.ts';

export const GRANTS = {
  apikey: 'urn:ibm:params:oauth:grant-type:apikey',
  assume: 'urn:ibm:params:oauth:grant-type:assume',
} as const;

// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, of which a field or two are read
type Body = any;

export class Iam implements Disposable {
  readonly accountId: string;
  readonly iamId: string;
  readonly #http: HttpClient;
  readonly #token: string;

  private constructor(http: HttpClient, token: string) {
    this.#http = http;
    this.#token = token;
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    this.accountId = claims.account.bss;
    this.iamId = claims.iam_id;
  }

  static async signIn(target: Target, apikey: string): Promise<Iam> {
    const http = new HttpClient(target.url, 8);
    const { access_token } = await exchange(http, { grant_type: GRANTS.apikey, apikey });
    return new Iam(http, access_token);
  }

  exchange(fields: Readonly<Record<string, string>>, client?: 'bx'): Promise<Body> {
    return exchange(this.#http, fields, client);
  }

  /** A request as the account's owner, or with another token or none, which must succeed. */
  async make(method: string, path: string, body?: object, token: string | null = this.#token): Promise<Body> {
    const answer = await this.#http.send({
      method,
      path,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        account: this.accountId,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: Buffer.from(JSON.stringify(body)) } : {}),
    });
    const text = answer.body.toString('utf8');
    if (answer.status < 300) return text === '' ? undefined : JSON.parse(text);
    throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`);
  }

  /** The status of a request with whatever is given. */
  async status(method: string, path: string, authorization: string): Promise<number> {
    const headers = { authorization, account: this.accountId };
    return (await this.#http.send({ method, path, headers })).status;
  }

  /** A docker bearer for a pull, of this login. */
  async bearer(repository: string, user: string, secret: string): Promise<string> {
    const path = `/oauth/token?service=bench&scope=repository:${repository}:pull`;
    const answer = await this.#http.send({
      method: 'GET',
      path,
      headers: { authorization: basic(user, secret) },
    });
    if (answer.status !== 200) throw new Error(`/oauth/token: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body.toString('utf8')).token;
  }

  /** The role Reader for somebody; answers the policy's id. */
  async reader(subject: string): Promise<string> {
    const key = subject.startsWith('AccessGroupId') ? 'access_group_id' : 'iam_id';
    const equal = (name: string, value: string) => ({ key: name, operator: 'stringEquals', value });
    const { id } = await this.make('POST', '/v2/policies', {
      type: 'access',
      subject: { attributes: [equal(key, subject)] },
      control: { grant: { roles: [{ role_id: 'crn:v1:bluemix:public:iam::::serviceRole:Reader' }] } },
      resource: {
        attributes: [equal('accountId', this.accountId), equal('serviceName', 'container-registry')],
      },
    });
    return id;
  }

  /** A service ID with a key. */
  robot(name: string): Promise<{ id: string; iam_id: string; apikey: { id: string; apikey: string } }> {
    return this.make('POST', '/v1/serviceids', { account_id: this.accountId, name, apikey: { name } });
  }

  [Symbol.dispose](): void {
    this.#http[Symbol.dispose]();
  }
}

export const basic = (user: string, secret: string): string =>
  `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;

const exchange = async (
  http: HttpClient,
  fields: Readonly<Record<string, string>>,
  client?: 'bx',
): Promise<Body> => {
  const answer = await http.send({
    method: 'POST',
    path: '/identity/token',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(client === undefined ? {} : { authorization: basic(client, client) }),
    },
    body: Buffer.from(new URLSearchParams(fields).toString()),
  });
  if (answer.status === 200) return JSON.parse(answer.body.toString('utf8'));
  throw new Error(`/identity/token: ${answer.status} ${answer.body.toString('utf8').slice(0, 300)}`);
};
