import {
  Delivery,
  DeliveryList,
  type DeliveryState,
  type NewWebhook,
  Webhook,
  type WebhookChanges,
  WebhookList,
  type WebhookRotation,
  WebhookWithSecret,
} from '../wire/webhooks.ts';
import type { Client } from './client.ts';
import { segment } from './path.ts';

const PATH = '/api/v1/webhooks';

/** Addresses that are told of what happens, of one account in the region `client` calls. */
export class WebhookClient {
  readonly #client: Client;
  readonly #headers: { Account: string };

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#headers = { Account: account };
  }

  /** Those of one namespace, or all that the caller may list. */
  async list(namespace?: string): Promise<Webhook[]> {
    const query = { namespace };
    const call = { method: 'GET', path: PATH, query, headers: this.#headers, answer: WebhookList } as const;
    return (await this.#client.send(call)).body;
  }

  async get(id: string): Promise<Webhook> {
    const path = `${PATH}/${segment(id)}`;
    const call = { method: 'GET', path, headers: this.#headers, answer: Webhook } as const;
    return (await this.#client.send(call)).body;
  }

  /** Only this answer and that of `rotate` have a secret. */
  async add(json: NewWebhook): Promise<WebhookWithSecret> {
    const headers = this.#headers;
    const call = { method: 'POST', path: PATH, headers, json, answer: WebhookWithSecret } as const;
    return (await this.#client.send(call)).body;
  }

  /** Refused where the webhook has changed since `entityTag` was read. */
  async change(id: string, entityTag: string, json: WebhookChanges): Promise<Webhook> {
    const headers = { ...this.#headers, 'If-Match': entityTag };
    const path = `${PATH}/${segment(id)}`;
    return (await this.#client.send({ method: 'PATCH', path, headers, json, answer: Webhook })).body;
  }

  async rotate(id: string, json: WebhookRotation): Promise<WebhookWithSecret> {
    const path = `${PATH}/${segment(id)}/rotate`;
    const headers = this.#headers;
    const call = { method: 'POST', path, headers, json, answer: WebhookWithSecret } as const;
    return (await this.#client.send(call)).body;
  }

  async remove(id: string): Promise<void> {
    await this.#client.send({ method: 'DELETE', path: `${PATH}/${segment(id)}`, headers: this.#headers });
  }

  /** Begins a test: ask `delivery` what became of it. */
  async test(id: string): Promise<Delivery> {
    return this.#delivery('POST', `${PATH}/${segment(id)}/test`);
  }

  /** The newest first. */
  async deliveries(id: string, state: DeliveryState | undefined, limit: number): Promise<Delivery[]> {
    const found: Delivery[] = [];
    let start: string | undefined;
    do {
      const page = await this.#page(id, state, start, limit - found.length);
      found.push(...page.deliveries);
      start = page.next;
    } while (start !== undefined && found.length < limit);
    return found;
  }

  async delivery(id: string, delivery: string): Promise<Delivery> {
    return this.#delivery('GET', `${PATH}/${segment(id)}/deliveries/${segment(delivery)}`);
  }

  /** Sends one again, under the same id. */
  async redeliver(id: string, delivery: string): Promise<Delivery> {
    return this.#delivery('POST', `${PATH}/${segment(id)}/deliveries/${segment(delivery)}/redeliver`);
  }

  async #page(
    id: string,
    state: DeliveryState | undefined,
    start: string | undefined,
    most: number,
  ): Promise<DeliveryList> {
    const query = { state, start, limit: String(Math.min(most, MOST_IN_PAGE)) };
    const path = `${PATH}/${segment(id)}/deliveries`;
    const call = { method: 'GET', path, query, headers: this.#headers, answer: DeliveryList } as const;
    return (await this.#client.send(call)).body;
  }

  async #delivery(method: 'GET' | 'POST', path: string): Promise<Delivery> {
    return (await this.#client.send({ method, path, headers: this.#headers, answer: Delivery })).body;
  }
}

const MOST_IN_PAGE = 200;
