import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import type { WatchedRegistry } from '../faults/watched-registry.ts';
import { OCI_INDEX } from '../spec/content.ts';

/** Another client than the attacker: it pulls an image and switches a key off and on, one after the other. */
export class Victim {
  readonly #registry: WatchedRegistry;
  readonly #keyId: string;
  readonly #token: string;

  private constructor(registry: WatchedRegistry, keyId: string, token: string) {
    this.#registry = registry;
    this.#keyId = keyId;
    this.#token = token;
  }

  /** Pushes what it pulls, and makes its key. */
  static async begin(registry: WatchedRegistry): Promise<Victim> {
    const { accessToken: token, accountId, iamId } = await registry.signIn();
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] }));
    const pushed = await registry.ask('PUT', 'manifests/1', {
      body: index,
      headers: { 'Content-Type': OCI_INDEX },
    });
    assert.equal(pushed.status, 201, String(pushed.body));
    const made = await fetch(new URL('/v1/apikeys', registry.url), {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'victim', iam_id: iamId, account_id: accountId }),
    });
    const { id } = (await made.json()) as { id: string };
    return new Victim(registry, id, token);
  }

  /** Milliseconds in which 99 of 100 rounds are answered: a pull, and the switching of the key. */
  async p99(): Promise<number> {
    const times: number[] = [];
    for (let round = 0; round < 200; round += 1) {
      const begun = performance.now();
      const { status } = await this.#registry.ask('GET', 'manifests/1');
      assert.equal(status, 200);
      const state = await fetch(new URL(`/v1/apikeys/${this.#keyId}/disable`, this.#registry.url), {
        method: round % 2 === 0 ? 'POST' : 'DELETE',
        headers: { Authorization: `Bearer ${this.#token}` },
      });
      assert.equal(state.status, 204);
      times.push(performance.now() - begun);
    }
    return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0;
  }
}

/** The most milliseconds that a victim may need under attack, where it needs `idle` without one. */
export const mostUnderAttack = (idle: number): number =>
  // a machine that has other work to do is slow while idle too
  Math.min(10 * idle, Math.max(100, 3 * idle));
