import type { Static, TSchema } from 'typebox';
import type { Client } from './client.ts';
import { cursorIn, listAll } from './pages.ts';
import { segment } from './path.ts';

/** One kind of entity of IAM's identity API: service IDs, API keys, trusted profiles. */
export interface EntityKind<Shape extends TSchema, Page extends TSchema> {
  /** `/v1/serviceids`. */
  readonly path: string;
  readonly shape: Shape;
  /** The shape of a page of its list, and the entities on such a page. */
  readonly page: Page;
  readonly items: (page: Static<Page>) => readonly Static<Shape>[];
}

type Query = Record<string, string | undefined>;

/** One kind of entity below /v1: IBM gives all of them the same verbs. */
export class IdentityEntities<Shape extends TSchema, Page extends TSchema> {
  readonly #client: Client;
  readonly #kind: EntityKind<Shape, Page>;

  constructor(client: Client, kind: EntityKind<Shape, Page>) {
    this.#client = client;
    this.#kind = kind;
  }

  list(query: Query): Promise<Static<Shape>[]> {
    const { path, page, items } = this.#kind;
    return listAll(this.#client, {
      path,
      query: { pagesize: '100', ...query },
      answer: page,
      items,
      next: (found) => (found as { next?: string }).next,
      cursor: 'pagetoken',
    });
  }

  /** One page of a list, and the token that leads to the next one. */
  async page(query: Query): Promise<{ items: readonly Static<Shape>[]; next: string | undefined }> {
    const { path, page, items } = this.#kind;
    const { body } = await this.#client.send({ method: 'GET', path, query, answer: page });
    const next = cursorIn(this.#client, (body as { next?: string }).next, 'pagetoken');
    return { items: items(body), next };
  }

  get(id: string, query: Query = {}): Promise<Static<Shape>> {
    return this.#entity('GET', segment(id), { query });
  }

  create(json: object, headers: Record<string, string> = {}): Promise<Static<Shape>> {
    return this.#entity('POST', undefined, { json, headers });
  }

  /** Replaces what can be changed. Refused where the entity has changed since `entityTag` was read. */
  update(id: string, entityTag: string, json: object): Promise<Static<Shape>> {
    return this.#entity('PUT', segment(id), { json, headers: { 'If-Match': entityTag } });
  }

  async remove(id: string): Promise<void> {
    await this.#client.send({ method: 'DELETE', path: this.#path(segment(id)) });
  }

  /** Puts a switch of the entity on or off: `lock`, for API keys also `disable`. */
  async turn(id: string, what: 'lock' | 'disable', on: boolean): Promise<void> {
    const path = this.#path(`${segment(id)}/${what}`);
    await this.#client.send({ method: on ? 'POST' : 'DELETE', path });
  }

  #path(rest: string | undefined): string {
    return rest === undefined ? this.#kind.path : `${this.#kind.path}/${rest}`;
  }

  async #entity(
    method: 'GET' | 'POST' | 'PUT',
    rest: string | undefined,
    call: { json?: object; headers?: Record<string, string>; query?: Query },
  ): Promise<Static<Shape>> {
    const answer = this.#kind.shape;
    return (await this.#client.send({ method, path: this.#path(rest), answer, ...call })).body;
  }
}
