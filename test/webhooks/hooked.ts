import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type {
  Delivery,
  NewWebhook,
  Webhook,
  WebhookChanges,
  WebhookWithSecret,
} from '../../src/wire/webhooks.ts';
import { type Answer, Caller } from '../access/caller.ts';
import { jsonOf, newBytes, OCI_INDEX } from '../spec/content.ts';
import { type RegistryOptions, TestRegistry } from '../support/registry.ts';
import { until } from '../support/until.ts';
import { Receiver } from './receiver.ts';

/** Receivers of tests are on loopback, which the operator has to allow. */
export const ALLOWED = { TIDEGATE_WEBHOOKS_ALLOW: '127.0.0.1' };

/** A registry, and a receiver that its hooks are sent to. */
export class Hooked implements AsyncDisposable {
  readonly registry: TestRegistry;
  readonly receiver: Receiver;

  /** The settings of its next start. */
  readonly env: Record<string, string>;

  private constructor(registry: TestRegistry, receiver: Receiver, env: Record<string, string>) {
    this.registry = registry;
    this.receiver = receiver;
    this.env = env;
  }

  static async start(options: RegistryOptions = {}): Promise<Hooked> {
    const env = { ...ALLOWED, ...options.env };
    return new Hooked(await TestRegistry.start({ ...options, env }), await Receiver.listen(), env);
  }

  async ask(
    method: string,
    path: string,
    body?: object,
    { accountId, apikey }: { accountId?: string; apikey?: string } = {},
  ): Promise<Answer> {
    const caller = await Caller.login(this.registry, apikey ?? this.registry.apikey);
    return caller.send(method, path, body, { Account: accountId ?? this.registry.accountId });
  }

  /** A hook that is sent to a path of its own, and what it is told of `image.pushed` unless something else is asked for. */
  async add(
    asked: Partial<NewWebhook> = {},
    holder: { accountId?: string; apikey?: string } = {},
  ): Promise<WebhookWithSecret & { path: string }> {
    const path = `/${randomUUID()}`;
    const hook = {
      name: `hook-${path.slice(1, 9)}`,
      url: this.receiver.url(path),
      events: ['image.pushed'],
      ...asked,
    };
    const { status, body } = await this.ask('POST', '/api/v1/webhooks', hook, holder);
    assert.equal(status, 201, JSON.stringify(body));
    return { ...body, path };
  }

  async find(id: string): Promise<Webhook> {
    const { status, body } = await this.ask('GET', `/api/v1/webhooks/${id}`);
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  }

  async change(id: string, changes: WebhookChanges): Promise<void> {
    const caller = await Caller.login(this.registry);
    const headers = { Account: this.registry.accountId, 'If-Match': `"${(await this.find(id)).entity_tag}"` };
    const { status, body } = await caller.send('PATCH', `/api/v1/webhooks/${id}`, changes, headers);
    assert.equal(status, 200, JSON.stringify(body));
  }

  /** Removes every hook of the first account: an account has at most 20. */
  async clear(): Promise<void> {
    const { body } = await this.ask('GET', '/api/v1/webhooks');
    for (const { id } of body) assert.equal((await this.ask('DELETE', `/api/v1/webhooks/${id}`)).status, 204);
  }

  /** Newest first. */
  async deliveries(id: string): Promise<Delivery[]> {
    const { status, body } = await this.ask('GET', `/api/v1/webhooks/${id}/deliveries?limit=200`);
    assert.equal(status, 200, JSON.stringify(body));
    return body.deliveries;
  }

  /** The one delivery of a hook, once it is in a state. */
  async delivery(id: string, is: (delivery: Delivery) => boolean): Promise<Delivery> {
    let found: Delivery | undefined;
    await until(`a delivery of ${id}`, async () => {
      found = (await this.deliveries(id)).find(is);
      return found !== undefined;
    });
    return found as Delivery;
  }

  /** What came at a path, once it is so much. */
  async taken(path: string, count = 1): Promise<Receiver['taken']> {
    await until(`${count} deliveries at ${path}`, () => this.receiver.at(path).length >= count);
    return this.receiver.at(path);
  }

  /** A namespace that no other test uses. */
  async namespace(): Promise<string> {
    const name = `ns-${randomUUID().slice(0, 8)}`;
    await this.registry.namespaceAdd(name);
    return name;
  }

  /** Pushes an image that no other test has; answers its digest. */
  async push(repository: string, tag: string): Promise<string> {
    const bytes = jsonOf({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [],
      annotations: { nonce: newBytes(8).toString('hex') },
    });
    return this.put(repository, tag, bytes);
  }

  async put(repository: string, reference: string, bytes: Buffer): Promise<string> {
    const response = await this.registry.v2('PUT', `${repository}/manifests/${reference}`, {
      headers: { 'Content-Type': OCI_INDEX },
      body: new Uint8Array(bytes),
    });
    assert.equal(response.status, 201, await response.text());
    return response.headers.get('docker-content-digest') ?? '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.registry[Symbol.asyncDispose]();
    await this.receiver[Symbol.asyncDispose]();
  }
}
