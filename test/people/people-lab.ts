import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeadlessBrowser, OpenIdProvider, type ProviderUser } from '../support/openid-provider.ts';
import { TestRegistry } from '../support/registry.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON, where it is. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails where it is not there
  readonly body: any;
}

export const answerOf = async (response: Response): Promise<Answer> => {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? JSON.parse(text) : undefined,
  };
};

export const USERS: Readonly<Record<string, ProviderUser>> = {
  ann: { email: 'ann@example.com', email_verified: true, name: 'Ann Ash', groups: ['birds'] },
  bob: { email: 'bob@example.com', email_verified: true, name: 'Bob Birch', groups: ['bees'] },
};

/** How the issuer stands in the file, without its address, name and secrets. */
export type Declaration = Readonly<Record<string, unknown>>;

/** A registry that people sign in to through real providers, each named as it is declared. */
export class PeopleLab implements AsyncDisposable {
  readonly registry: TestRegistry;
  /** The first one. */
  readonly provider: OpenIdProvider;
  readonly providers: readonly OpenIdProvider[];
  readonly #folder: TemporaryFolder;
  readonly #names: readonly string[];

  private constructor(
    registry: TestRegistry,
    providers: readonly OpenIdProvider[],
    names: readonly string[],
    folder: TemporaryFolder,
  ) {
    const [provider] = providers;
    assert.ok(provider);
    this.registry = registry;
    this.provider = provider;
    this.providers = providers;
    this.#names = names;
    this.#folder = folder;
  }

  /** `declared`: by name, what the file says of each issuer. */
  static async start(
    declared: Readonly<Record<string, Declaration>> = { company: {} },
    {
      users = USERS,
      env = {},
    }: { users?: Readonly<Record<string, ProviderUser>>; env?: Record<string, string> } = {},
  ): Promise<PeopleLab> {
    const folder = temporaryFolder();
    const file = join(folder.path, 'issuers.yaml');
    writeFileSync(file, '{"issuers": []}');
    const registry = await TestRegistry.start({ env: { ...env, TIDEGATE_ISSUERS_FILE: file } });
    const names = Object.keys(declared);
    const providers: OpenIdProvider[] = [];
    for (const name of names) {
      const provider = await OpenIdProvider.start({ clock: registry.clock, users });
      providers.push(provider);
      await provider.allow([`${registry.url}/console/session/callback/${name}`]);
    }
    const lab = new PeopleLab(registry, providers, names, folder);
    await lab.declare(declared);
    return lab;
  }

  /** What the file says from now on; the accounts that `{account}` stands for are the registry's first one. */
  async declare(declared: Readonly<Record<string, Declaration>>): Promise<void> {
    const issuers = Object.entries(declared).map(([name, more]) => {
      const provider = this.providers[this.#names.indexOf(name)];
      assert.ok(provider, name);
      const secret = join(this.#folder.path, `${name}.secret`);
      writeFileSync(secret, `${provider.client.secret}\n`);
      return {
        name,
        issuer: provider.issuer,
        for: ['people'],
        client_id: provider.client.id,
        client_secret_file: secret,
        scopes: ['openid', 'email', 'profile', 'groups', 'offline_access'],
        ...more,
      };
    });
    const text = JSON.stringify({ issuers }).replaceAll('{account}', this.registry.accountId);
    writeFileSync(join(this.#folder.path, 'issuers.yaml'), text);
    await this.registry.runJob('read-issuers');
  }

  browser(): Browser {
    return new Browser(this);
  }

  /** A browser in which the owner is signed in by the API key. */
  async ownersBrowser(): Promise<Browser> {
    const browser = this.browser();
    const { status } = await browser.post('/console/session', { apikey: this.registry.apikey });
    assert.equal(status, 200);
    return browser;
  }

  /** A browser in which a person signed in through a provider, as the user tied to them. */
  async signedIn(user: string, provider = 0): Promise<Browser> {
    const browser = this.browser();
    const answer = await browser.signIn(user, provider);
    assert.equal(answer.status, 200, answer.text);
    return browser;
  }

  nameOf(provider: number): string {
    return this.#names[provider] ?? '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.registry[Symbol.asyncDispose]();
    for (const provider of this.providers) await provider[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

/** One browser of one person, without a window. */
export class Browser {
  readonly #lab: PeopleLab;
  readonly #headless = new HeadlessBrowser();

  constructor(lab: PeopleLab) {
    this.#lab = lab;
  }

  get cookies(): ReadonlyMap<string, string> {
    return this.#headless.cookies(this.#lab.registry.url);
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return answerOf(await this.#headless.fetch(new URL(path, this.#lab.registry.url).href, { headers }));
  }

  /** As a script of our own page does it. */
  async post(path: string, body: object = {}, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send(
      'POST',
      path,
      { ...OWN, 'Content-Type': 'application/json', ...headers },
      JSON.stringify(body),
    );
  }

  async send(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Answer> {
    const url = new URL(path, this.#lab.registry.url).href;
    return answerOf(
      await this.#headless.fetch(url, { method, headers, ...(body === undefined ? {} : { body }) }),
    );
  }

  /** Goes to the provider, signs in there, and comes back: the address of the answer. */
  async toCallback(user: string, provider = 0, query = ''): Promise<string> {
    const name = this.#lab.nameOf(provider);
    const begun = await this.get(`/console/session/sign-in/${name}${query}`);
    assert.equal(begun.status, 302, begun.text);
    return this.atProvider(begun.headers.get('location') ?? '', user, provider);
  }

  /** Signs in at an address of the provider; answers where it sends the browser. */
  async atProvider(address: string, user: string, provider = 0): Promise<string> {
    const there = this.#lab.providers[provider];
    assert.ok(there);
    return there.signIn(address, user);
  }

  /** The whole way; the page at its end. */
  async signIn(user: string, provider = 0, query = ''): Promise<Answer> {
    return this.get(await this.toCallback(user, provider, query));
  }

  /** Who is signed in here. */
  async session(headers: Record<string, string> = {}): Promise<Answer['body']> {
    return (await this.get('/console/session', headers)).body;
  }

  /** An access token of the session. */
  async token(account?: string): Promise<string> {
    const { status, body } = await this.post(
      '/console/session/token',
      account === undefined ? {} : { account },
    );
    assert.equal(status, 200, JSON.stringify(body));
    return body.access_token;
  }

  /** To the provider with a purpose, and back. */
  async journey(path: string, body: object, user: string, provider = 0): Promise<Answer> {
    const begun = await this.post(path, { issuer: this.#lab.nameOf(provider), ...body });
    assert.equal(begun.status, 200, begun.text);
    return this.get(await this.atProvider(begun.body.location, user, provider));
  }
}

/** What a browser and a script of our own page say of a request. */
export const OWN = { 'X-Tidegate-Console': '1', 'Sec-Fetch-Site': 'same-origin' };
