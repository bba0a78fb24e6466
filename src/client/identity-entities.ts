import { type Static, type TSchema, Type } from 'typebox';
import type { Client } from './client.ts';
import { listAll } from './pages.ts';
import { segment } from './path.ts';

/** What every entity of IAM's identity API has (facts: service IDs, API keys, trusted profiles). */
export interface Entity {
  readonly id: string;
  readonly name: string;
  readonly entity_tag: string;
  readonly description?: string;
}

/** The shape of one kind of them. */
export interface EntityKind<Shape extends TSchema> {
  /** `/v1/serviceids`. */
  readonly path: string;
  /** The member of a list's answer that holds them. */
  readonly items: string;
  readonly shape: Shape;
}

type Query = Record<string, string | undefined>;

/** One kind of entity below /v1: IBM gives all of them the same verbs. */
export class IdentityEntities<Shape extends TSchema, Item extends Entity = Static<Shape> & Entity> {
  readonly #client: Client;
  readonly #kind: EntityKind<Shape>;

  constructor(client: Client, kind: EntityKind<Shape>) {
    this.#client = client;
    this.#kind = kind;
  }

  list(query: Query): Promise<Item[]> {
    const { path, items, shape } = this.#kind;
    const answer = Type.Object({ next: Type.Optional(Type.String()), [items]: Type.Array(shape) });
    type Page = { next?: string } & Record<string, unknown>;
    return listAll(this.#client, {
      path,
      query: { pagesize: '100', ...query },
      answer,
      items: (page) => (page as Page)[items] as Item[],
      next: (page) => (page as Page).next,
      cursor: 'pagetoken',
    });
  }

  get(id: string, query: Query = {}): Promise<Item> {
    return this.#entity('GET', segment(id), { query });
  }

  create(json: object, headers: Record<string, string> = {}): Promise<Item> {
    return this.#entity('POST', undefined, { json, headers });
  }

  /** Replaces what can be changed, unless somebody else was faster. */
  update(id: string, entityTag: string, json: object): Promise<Item> {
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
  ): Promise<Item> {
    const { shape } = this.#kind;
    const { body } = await this.#client.send({ method, path: this.#path(rest), answer: shape, ...call });
    return body as Item;
  }
}
