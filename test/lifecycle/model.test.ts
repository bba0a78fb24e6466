import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { descriptorOf } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import { HOUR } from '../support/clock.ts';
import { TestRegistry } from '../support/registry.ts';
import { storedBytes } from '../support/stored-bytes.ts';
import { collected } from './collect.ts';
import { BLOBS, digestOfBlob, Model, manifestOf, type Op, PROTECTED, REPOSITORIES } from './model.ts';

type Step =
  | { readonly do: 'op'; readonly op: Op }
  | { readonly do: 'wait'; readonly hours: number }
  | { readonly do: 'collect' }
  /** Collection runs while a client does this. */
  | { readonly do: 'both'; readonly op: Op };

const repository = fc.nat(REPOSITORIES.length - 1);
const blob = fc.nat(BLOBS.length - 1);
const blobs = fc.uniqueArray(blob, { minLength: 1, maxLength: 3 });
const tag = fc.constantFrom('one', 'two');

const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('push' as const), repository, blob }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('head' as const), repository, blob }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete-blob' as const), repository, blob }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('mount' as const), repository, from: repository, blob }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('put' as const), repository, blobs, tag }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete-tag' as const), repository, tag }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('delete-manifest' as const), repository, blobs }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('restore' as const), repository, blobs }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('hold' as const, 'unhold' as const), repository, blobs }),
  },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('op' as const), op }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      hours: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.constant(24 * 31)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('collect' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('both' as const), op }) },
);

/** The registry and the model of it, side by side. */
class Pair {
  readonly model = new Model();
  readonly #registry: TestRegistry;
  readonly #repositories: readonly TestRepository[];

  constructor(registry: TestRegistry) {
    this.#registry = registry;
    this.#repositories = REPOSITORIES.map((name) => new TestRepository(registry, name));
  }

  async take(step: Step): Promise<void> {
    if (step.do === 'op') assert.equal(await this.#really(step.op), this.model.apply(step.op));
    if (step.do === 'wait') {
      this.#registry.clock.advance(step.hours * HOUR);
      this.model.now += step.hours * HOUR;
    }
    if (step.do === 'collect') {
      const { removed } = await collected(this.#registry);
      assert.deepEqual({ links: removed.links, blobs: removed.blobs }, this.model.collect());
    }
    if (step.do === 'both') {
      const [done] = await Promise.all([this.#really(step.op), collected(this.#registry)]);
      // done: it was first, or the order makes no difference; refused: collection was, or it never could be done
      if (!done) this.model.collect();
      assert.equal(this.model.apply(step.op), done);
      if (done) this.model.collect();
    }
    if (step.do === 'collect' || step.do === 'both') await this.compare();
  }

  /** Whether the registry did it. */
  async #really(op: Op): Promise<boolean> {
    const here = this.#repository(op.repository);
    switch (op.do) {
      case 'push':
        await here.pushBlob(BLOBS[op.blob] ?? Buffer.alloc(0));
        return true;
      case 'head':
        return (await here.statusOf(`blobs/${digestOfBlob(op.blob)}`)) === 200;
      case 'delete-blob':
        return (await here.request('DELETE', `blobs/${digestOfBlob(op.blob)}`)).status === 202;
      case 'mount': {
        const query = `mount=${digestOfBlob(op.blob)}&from=${REPOSITORIES[op.from]}`;
        return (await here.request('POST', `blobs/uploads/?${query}`)).status === 201;
      }
      case 'put':
        return (await here.putManifest(op.tag, manifestOf(op.blobs))).status === 201;
      case 'delete-tag':
        return (await here.request('DELETE', `manifests/${op.tag}`)).status === 202;
      case 'restore':
        return (await this.#manage('POST', 'trash', op, '/restore')) === 200;
      case 'hold':
        return (await this.#manage('PUT', 'holds', op, '', { reason: 'a model' })) === 201;
      case 'unhold':
        return (await this.#manage('DELETE', 'holds', op, '')) === 204;
      case 'delete-manifest': {
        const { digest } = descriptorOf('', manifestOf(op.blobs));
        return (await here.request('DELETE', `manifests/${digest}`)).status === 202;
      }
    }
  }

  /** The status of a request about an image, named by its digest. */
  async #manage(
    method: string,
    door: string,
    { repository, blobs }: { repository: number; blobs: readonly number[] },
    verb: string,
    body?: object,
  ): Promise<number> {
    const { digest } = descriptorOf('', manifestOf(blobs));
    const image = encodeURIComponent(`${REPOSITORIES[repository]}@${digest}`);
    return (await this.#registry.api(method, `/api/v1/${door}/${image}${verb}`, body)).status;
  }

  /** Everything that can be read is what the model has; GET renews nothing. */
  async compare(): Promise<void> {
    for (const [index, expected] of this.model.repositories.entries()) {
      const here = this.#repository(index);
      for (const [blob, bytes] of BLOBS.entries()) {
        const response = await here.request('GET', `blobs/${digestOfBlob(blob)}`);
        assert.equal(response.status, expected.links.has(blob) ? 200 : 404, `${here.name} ${blob}`);
        const body = Buffer.from(await response.arrayBuffer());
        if (response.status === 200) assert.ok(body.equals(bytes));
      }
      for (const tag of ['one', 'two']) {
        const manifest = expected.manifests.get(expected.tags.get(tag) ?? '');
        const response = await here.request('GET', `manifests/${tag}`);
        assert.equal(response.status, manifest ? 200 : 404, `${here.name}:${tag}`);
        const body = Buffer.from(await response.arrayBuffer());
        if (manifest) assert.ok(body.equals(manifestOf(manifest)));
      }
    }
    const stored = await storedBytes(this.#registry).keys();
    assert.equal(stored.length, this.model.blobs.size, 'bytes that are stored');
  }

  #repository(index: number): TestRepository {
    const found = this.#repositories[index];
    if (!found) throw new Error(`no repository ${index}`);
    return found;
  }
}

test('any history of pushes, mounts, tags, deletes, restores, holds and collections, some at once, leaves what a registry of sets would have', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
      await using registry = await TestRegistry.start();
      for (const namespace of ['birds', 'trees']) await registry.namespaceAdd(namespace);
      const { namespace, tag: tags } = PROTECTED;
      const rule = await registry.api('POST', `/api/v1/namespaces/${namespace}/protections`, { tags });
      assert.equal(rule.status, 201);
      const pair = new Pair(registry);
      for (const each of steps) await pair.take(each);
      await pair.compare();
    }),
    { numRuns: 12, endOnFailure: true },
  );
});
