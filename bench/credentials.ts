/** Signs requests the way the registry asks for: not at all, with Basic, or with a bearer of its token service. */
import { type Challenge, parseChallenge } from './challenge.ts';
import { type Answer, expectStatus, HttpClient } from './http-client.ts';

/** The docker token service's default when the answer names no lifetime. */
const DEFAULT_LIFE_SECONDS = 60;

export interface Login {
  readonly user: string;
  readonly password: string;
}

export type Actions = 'pull' | 'pull,push';

interface Bearer {
  readonly header: Readonly<Record<string, string>>;
  readonly renewAt: number;
}

export class Credentials {
  readonly #login: Login | undefined;
  readonly #challenge: Challenge | undefined;
  readonly #bearers = new Map<string, Bearer>();

  /** Asks `GET /v2/` what the registry wants. Throws when it wants a login and there is none. */
  static async discover(url: URL, login: Login | undefined): Promise<Credentials> {
    using http = new HttpClient(url, 1);
    const answer = await http.send({ method: 'GET', path: '/v2/' });
    if (answer.status === 200) return new Credentials(undefined, undefined);
    expectStatus(answer, 401, 'GET /v2/');
    if (login === undefined) throw new Error(`${url.origin} wants a login: give --user and --password-file`);
    const challenge = parseChallenge(answer.headers['www-authenticate'] ?? '');
    if (challenge === undefined) throw new Error(`${url.origin} asks for neither Basic nor Bearer`);
    return new Credentials(challenge, login);
  }

  constructor(challenge: Challenge | undefined, login: Login | undefined) {
    this.#challenge = challenge;
    this.#login = login;
  }

  /** The address of the token service, if the registry has one. */
  get realm(): URL | undefined {
    const realm = this.#challenge?.scheme === 'bearer' ? this.#challenge.parameters.realm : undefined;
    return realm === undefined ? undefined : new URL(realm);
  }

  /** The same registry seen with another login. */
  as(login: Login): Credentials {
    return new Credentials(this.#challenge, login);
  }

  /** The headers a request on this repository needs. A bearer is kept for half of its life. */
  async headers(repository: string, actions: Actions): Promise<Readonly<Record<string, string>>> {
    if (this.#challenge === undefined) return {};
    if (this.#challenge.scheme === 'basic') return this.#basic();
    const key = `${repository} ${actions}`;
    const known = this.#bearers.get(key);
    if (known !== undefined && known.renewAt > Date.now()) return known.header;
    const bearer = await this.#exchange(repository, actions);
    this.#bearers.set(key, bearer);
    return bearer.header;
  }

  /** One token request over `http`, as docker sends it: GET with Basic. */
  requestToken(http: HttpClient, repository: string, actions: Actions): Promise<Answer> {
    const url = this.realm;
    if (url === undefined) throw new Error('this registry has no token service');
    const service = this.#challenge?.parameters.service;
    if (service !== undefined) url.searchParams.set('service', service);
    url.searchParams.set('scope', `repository:${repository}:${actions}`);
    return http.send({ method: 'GET', path: url.href, headers: this.#basic() });
  }

  async #exchange(repository: string, actions: Actions): Promise<Bearer> {
    using http = new HttpClient(this.realm ?? new URL('http://127.0.0.1'), 1);
    const asked = Date.now();
    const answer = expectStatus(await this.requestToken(http, repository, actions), 200, 'token request');
    const fields: { token?: string; access_token?: string; expires_in?: number } = JSON.parse(
      answer.body.toString('utf8'),
    );
    const token = fields.token ?? fields.access_token;
    if (token === undefined) throw new Error('the token service answered without a token');
    const life = fields.expires_in ?? DEFAULT_LIFE_SECONDS;
    return { header: { authorization: `Bearer ${token}` }, renewAt: asked + life * 500 };
  }

  #basic(): Readonly<Record<string, string>> {
    const { user, password } = this.#login ?? { user: '', password: '' };
    return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
  }
}
