import type { TestRegistry } from '../support/registry.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the door answers, as a test looks at it
  readonly body: any;
}

export const read = async (response: Response): Promise<Answer> => {
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
};

/** One identity's requests to the JSON doors, all with the same access token. */
export class Caller {
  readonly #registry: TestRegistry;
  readonly #token: string | undefined;

  private constructor(registry: TestRegistry, token: string | undefined) {
    this.#registry = registry;
    this.#token = token;
  }

  static async login(registry: TestRegistry, apikey = registry.apikey): Promise<Caller> {
    return new Caller(registry, (await registry.login(apikey)).access_token);
  }

  /** With this access token, or with none. */
  static bearing(registry: TestRegistry, token?: string): Caller {
    return new Caller(registry, token);
  }

  async send(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await this.#registry.fetch(path, {
      method,
      headers: {
        ...(this.#token === undefined ? {} : { Authorization: `Bearer ${this.#token}` }),
        ...(body ? { 'Content-Type': 'application/json' } : {}),
        ...headers,
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return read(response);
  }

  get = (path: string): Promise<Answer> => this.send('GET', path);
  post = (path: string, body: object): Promise<Answer> => this.send('POST', path, body);
  put = (path: string, body: object, ifMatch?: string): Promise<Answer> =>
    this.send('PUT', path, body, ifMatch === undefined ? {} : { 'If-Match': ifMatch });
  patch = (path: string, body: object, ifMatch?: string): Promise<Answer> =>
    this.send('PATCH', path, body, ifMatch === undefined ? {} : { 'If-Match': ifMatch });
  delete = (path: string): Promise<Answer> => this.send('DELETE', path);
}
