import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { WatchedRegistry } from '../faults/watched-registry.ts';
import { mostUnderAttack, Victim } from '../http/victim.ts';
import { basic } from '../support/registry.ts';
import type { Answers, Attack, Sent } from './attacker.ts';

const CONNECTIONS = 8;
/** Megabytes: the budget of all bodies, and what was dropped and is not collected yet. */
export const MOST_MEMORY = 64 + 192;

interface Made {
  readonly status: number;
  readonly body: Record<string, string>;
}

/** A server with two accounts: that of its owner, which is the victim, and one that attacks with all rights in itself. */
export class AttackedRegistry implements AsyncDisposable {
  readonly registry: WatchedRegistry;
  /** The namespace of the attacking account. */
  readonly namespace = 'attack';
  readonly accountId: string;
  readonly iamId: string;
  readonly apikey: string;
  readonly #token: string;

  private constructor(registry: WatchedRegistry, account: Record<string, string>, token: string) {
    this.registry = registry;
    this.accountId = account.account_id ?? '';
    this.iamId = account.owner_iam_id ?? '';
    this.apikey = account.apikey ?? '';
    this.#token = token;
  }

  static async begin(): Promise<AttackedRegistry> {
    const registry = await WatchedRegistry.begin();
    const made = await registry.request('/api/v1/accounts', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'Attackers' }),
    });
    assert.equal(made.status, 201);
    const account = (await made.json()) as Record<string, string>;
    const { accessToken } = await registry.signIn(account.apikey);
    const attacked = new AttackedRegistry(registry, account, accessToken);
    await attacked.made('PUT', '/api/v1/namespaces/attack');
    return attacked;
  }

  /** The headers of a request to a JSON door. */
  get headers(): Record<string, string> {
    const account = { Account: this.accountId, 'Content-Type': 'application/json' };
    return { Authorization: `Bearer ${this.#token}`, ...account };
  }

  /** The header of a request to the registry, with an API key of the attacking account. */
  registryHeaders(apikey = this.apikey): Record<string, string> {
    return { Authorization: basic('iamapikey', apikey) };
  }

  /** A request to a JSON door that must succeed. */
  async made(method: string, path: string, body?: object, headers = {}): Promise<Made['body']> {
    const response = await fetch(new URL(path, this.registry.url), {
      method,
      headers: { ...this.headers, ...headers },
      ...(body === undefined ? { body: method === 'GET' ? null : '' } : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Made['body']);
  }

  /** A request to a repository of the attacking account that must be taken. */
  async pushed(method: string, path: string, body: Uint8Array, type: string): Promise<void> {
    const response = await fetch(new URL(`/v2/${this.namespace}/${path}`, this.registry.url), {
      method,
      headers: { ...this.registryHeaders(), 'Content-Type': type },
      body,
    });
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${await response.text()}`);
  }

  /**
   * Sends the requests over eight connections, again and again, while another account pulls and switches a key: its p99
   * stays within ten times that of an idle server and 100 ms, and memory is bounded. Answers what the requests got.
   */
  async measure(t: TestContext, requests: readonly Sent[], enough = 0): Promise<Answers> {
    const { registry } = this;
    const victim = await Victim.begin(registry);
    await victim.p99();
    const [memory, idle] = [registry.memory, await victim.p99()];
    const attack: Attack = { url: registry.url, from: '127.0.0.2', connections: CONNECTIONS, requests };
    const attacker = new Worker(new URL('attacker.ts', import.meta.url), { workerData: attack });
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, registry.memory - memory);
    }, 50);
    try {
      await sleep(1000);
      const end = performance.now() + enough;
      const under = [await victim.p99()];
      while (performance.now() < end) under.push(await victim.p99());
      const attacked = Math.max(...under);
      attacker.postMessage('answers');
      const [answers] = (await once(attacker, 'message')) as [Answers];
      t.diagnostic(
        `p99 ${idle.toFixed(1)} ms, under attack ${attacked.toFixed(1)} ms; memory +${most.toFixed(0)} MB; ${JSON.stringify(answers)}`,
      );
      assert.ok(attacked <= mostUnderAttack(idle), `p99 ${attacked} ms, idle ${idle} ms`);
      assert.ok(most <= MOST_MEMORY, `memory grew by ${most} MB`);
      assert.ok(Object.keys(answers).length > 0, 'the attack got no answer');
      for (const what of Object.keys(answers)) assert.doesNotMatch(what, / 5|cut/, JSON.stringify(answers));
      return answers;
    } finally {
      clearInterval(watch);
      await attacker.terminate();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.registry[Symbol.asyncDispose]();
  }
}
