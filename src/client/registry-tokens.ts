import {
  type RegistryToken,
  RegistryTokenClaims,
  type RegistryTokenCreate,
  RegistryTokenList,
  RegistryTokenValue,
} from '../wire/registry-tokens.ts';
import type { Client } from './client.ts';
import { ClientError } from './client-error.ts';
import { claimsIn } from './jwt.ts';
import { segment } from './path.ts';
import { hasShape } from './shape.ts';

const PATH = '/api/v1/tokens';
const PAGE = 1000;

/** A registry token with what logs in: its value is a secret. */
export interface IssuedToken {
  readonly id: string;
  readonly token: string;
}

/** The id inside a token's value; undefined where the text is not a token's value. */
export const registryTokenId = (value: string): string | undefined => {
  const claims = claimsIn(value);
  return hasShape(RegistryTokenClaims, claims) ? claims.jti : undefined;
};

const issued = ({ token }: RegistryTokenValue): IssuedToken => {
  const id = registryTokenId(token);
  if (id !== undefined) return { id, token };
  throw new ClientError('UNEXPECTED_ANSWER', 'The server gave a registry token this client cannot read.');
};

/** Where the next page begins. A server that names the page it has just given would be asked without end. */
const followingOf = (start: string | undefined, { next }: RegistryTokenList): string | undefined => {
  if (!next || next !== start) return next;
  throw new ClientError('UNEXPECTED_ANSWER', 'The server gives the same page of registry tokens twice.');
};

/** The registry tokens of one account, in the region `client` calls. */
export class RegistryTokenClient {
  readonly #client: Client;
  readonly #headers: { Account: string };

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#headers = { Account: account };
  }

  /** A new token. The API takes its properties as a query; none of them is secret. */
  async create(wanted: RegistryTokenCreate): Promise<IssuedToken> {
    const query = Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, String(value)]));
    const { body } = await this.#client.send({
      method: 'POST',
      path: PATH,
      query,
      headers: this.#headers,
      answer: RegistryTokenValue,
    });
    return issued(body);
  }

  /** All tokens, page after page, without their values. */
  async list(): Promise<RegistryToken[]> {
    const tokens: RegistryToken[] = [];
    let start: string | undefined;
    do {
      const page: RegistryTokenList = await this.page(PAGE, start);
      for (const token of page.tokens) tokens.push(token);
      start = followingOf(start, page);
    } while (start);
    return tokens;
  }

  /** One page of them, and what begins the next one. */
  async page(limit: number, start: string | undefined): Promise<RegistryTokenList> {
    const { body } = await this.#client.send({
      method: 'GET',
      path: PATH,
      query: { limit: String(limit), start },
      headers: this.#headers,
      answer: RegistryTokenList,
    });
    return body;
  }

  /** The token with its value, which stays the same for as long as it lives. */
  async get(id: string): Promise<IssuedToken> {
    const path = `${PATH}/${segment(id)}`;
    const { body } = await this.#client.send({
      method: 'GET',
      path,
      headers: this.#headers,
      answer: RegistryTokenValue,
    });
    return issued(body);
  }

  /** The token is refused from now on. */
  async remove(id: string): Promise<void> {
    await this.#client.send({ method: 'DELETE', path: `${PATH}/${segment(id)}`, headers: this.#headers });
  }
}
