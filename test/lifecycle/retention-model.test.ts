import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RetentionRule, RetentionTerms } from '../../src/wire/retentions.ts';
import { answered } from '../spec/answers.ts';
import { CONFIG, type Descriptor, descriptorOf, jsonOf, OCI_INDEX, OCI_MANIFEST } from '../spec/content.ts';
import { DAY } from '../support/clock.ts';
import { RetentionWorld } from './retained.ts';

const IMAGES = 6;
const TAGS = ['dev-1', 'dev-2', 'prod-1', 'prod-2', 'keep'] as const;
const START = Date.UTC(2026, 0, 15, 12);

/** Image `n` was built n days before the start; image 0 says no date. Some refer to the image before. */
const configOf = (image: number): Buffer =>
  jsonOf({
    os: 'linux',
    image,
    ...(image === 0 ? {} : { created: new Date(START - image * DAY).toISOString() }),
  });

const imageOf = (image: number, subject: Descriptor | undefined): Buffer =>
  jsonOf({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: descriptorOf(CONFIG, configOf(image)),
    layers: [],
    ...(subject && { subject }),
  });

/** Every third image is a referrer of the one before it. */
const MANIFESTS: readonly Buffer[] = Array.from({ length: IMAGES }).reduce<Buffer[]>((made, _each, image) => {
  const before = made[image - 1];
  const subject = image % 3 === 2 && before ? descriptorOf(OCI_MANIFEST, before) : undefined;
  made.push(imageOf(image, subject));
  return made;
}, []);

const descriptor = (image: number): Descriptor =>
  descriptorOf(OCI_MANIFEST, MANIFESTS[image] ?? Buffer.alloc(0));
const indexOf = (images: readonly number[]): Buffer =>
  jsonOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: images.map(descriptor) });

type Step =
  | { readonly do: 'push'; readonly image: number; readonly tag: string | undefined }
  | { readonly do: 'index'; readonly images: readonly number[]; readonly tag: string | undefined }
  | { readonly do: 'pull'; readonly tag: string }
  | { readonly do: 'untag'; readonly tag: string }
  | { readonly do: 'wait'; readonly days: number }
  | {
      readonly do: 'retain';
      /** Some days after the step before. */
      readonly days: number;
      readonly terms: RetentionTerms;
      readonly beside: readonly Step[];
    };

const image = fc.nat(IMAGES - 1);
const tag = fc.constantFrom(...TAGS);
const push: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('push' as const),
  image,
  tag: fc.option(tag, { nil: undefined }),
});
const index: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('index' as const),
  images: fc.uniqueArray(image, { maxLength: 3 }),
  tag: fc.option(tag, { nil: undefined }),
});
const days = fc.integer({ min: 1, max: 12 });
const rule: fc.Arbitrary<RetentionRule> = fc
  .record(
    {
      tags: fc.constantFrom(['dev-*'], ['prod-*'], ['*'], ['keep']),
      images_per_repo: fc.integer({ min: 1, max: 2 }),
      older_than_days: days,
      not_pulled_for_days: days,
    },
    { requiredKeys: ['tags'] },
  )
  .map(({ tags, ...each }): RetentionRule => ({ tags: [...tags], ...each }));
const terms: fc.Arbitrary<RetentionTerms> = fc.record(
  {
    images_per_repo: fc.constantFrom(-1, 1, 2),
    retain_untagged: fc.boolean(),
    rules: fc.array(rule, { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: ['images_per_repo', 'retain_untagged'] },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: push },
  { weight: 3, arbitrary: index },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pull' as const), tag }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('untag' as const), tag }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), days }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('retain' as const),
      days: fc.constantFrom(0, 2, 8),
      terms,
      beside: fc.array(fc.oneof(push, index), { maxLength: 3 }),
    }),
  },
);

interface Listed {
  readonly digest: string;
  readonly tags: readonly string[];
  /** What it needs here: its children. */
  readonly needs: readonly string[];
}

const KNOWN: readonly (readonly [digest: string, needs: readonly string[]])[] = MANIFESTS.map(
  (_bytes, at) => [descriptor(at).digest, []] as const,
);

class Pair {
  readonly #world: RetentionWorld;
  readonly #indexes = new Map<string, readonly string[]>();

  constructor(world: RetentionWorld) {
    this.#world = world;
  }

  /** True where a push was answered with success. */
  async take(each: Step): Promise<boolean> {
    const { robin, registry } = this.#world;
    switch (each.do) {
      case 'push': {
        await robin.pushBlob(configOf(each.image));
        const reference = each.tag ?? descriptor(each.image).digest;
        return (await robin.putManifest(reference, MANIFESTS[each.image] ?? Buffer.alloc(0))).status === 201;
      }
      case 'index': {
        const bytes = indexOf(each.images);
        const { digest } = descriptorOf(OCI_INDEX, bytes);
        this.#indexes.set(
          digest,
          each.images.map((child) => descriptor(child).digest),
        );
        return (await robin.putManifest(each.tag ?? digest, bytes, OCI_INDEX)).status === 201;
      }
      case 'pull':
        return (await robin.request('GET', `manifests/${each.tag}`)).status === 200;
      case 'untag':
        return (await robin.request('DELETE', `manifests/${each.tag}`)).status === 202;
      case 'wait':
        registry.clock.advance(each.days * DAY);
        return true;
      case 'retain':
        registry.clock.advance(each.days * DAY);
        await this.#retain(each.terms, each.beside);
        return true;
    }
  }

  async #retain(policy: RetentionTerms, beside: readonly Step[]): Promise<void> {
    const before = await this.#images();
    const explained = await this.#world.explained(policy);
    const set = this.#world.set(policy);
    const pushed: Step[] = [];
    for (const each of beside) if (await this.take(each)) pushed.push(each);
    await answered(await set, 201);
    // a policy that keeps everything is none: no run begins
    if (policy.images_per_repo !== -1 || !policy.retain_untagged || policy.rules) {
      const run = await this.#world.ended();
      assert.equal(run.outcome, 'done', run.reason ?? '');
      assert.deepEqual(run.failures, []);
    }
    const after = await this.#images();
    const there = new Set(after.map(({ digest }) => digest));
    for (const { digest, needs } of after)
      for (const needed of needs) assert.ok(there.has(needed), `${digest} lost ${needed}, which it needs`);
    if (beside.length === 0) this.#assertAsExplained(before, after, explained, policy);
    // a tag that was pushed beside the run stands for something that is there, or the policy took it by its rules
    const tags = new Set(after.flatMap((each) => each.tags));
    for (const each of pushed)
      if ('tag' in each && each.tag === 'keep' && keepsAll(policy, 'keep', true))
        assert.ok(tags.has('keep'), `a push of the tag ${each.tag} was lost`);
  }

  /** Without pushes beside it, a run deletes what the analysis said, what refers to that, and nothing else. */
  #assertAsExplained(
    before: readonly Listed[],
    after: readonly Listed[],
    explained: ReadonlyMap<string, { deleted: boolean; reason: string; because: string }>,
    policy: RetentionTerms,
  ): void {
    const there = new Set(after.map(({ digest }) => digest));
    // what refers to an image goes with it, unless the policy keeps it by its own tag
    for (const { digest, tags } of before)
      if (tags.includes('keep') && keepsAll(policy, 'keep', false))
        assert.ok(there.has(digest), `${digest}, tagged keep: ${explained.get(digest)?.because}`);
    for (const { digest } of before) {
      const decision = explained.get(digest);
      assert.ok(decision, `${digest} is not explained`);
      if (decision.reason === 'referrer') continue;
      assert.equal(!there.has(digest), decision.deleted, `${digest}: ${decision.because}`);
    }
  }

  async #images(): Promise<Listed[]> {
    const { robin } = this.#world;
    const byDigest = new Map<string, string[]>();
    const listed = await robin.request('GET', 'tags/list');
    const { tags = [] } = listed.status === 200 ? ((await listed.json()) as { tags: string[] }) : {};
    for (const name of tags) {
      const head = await answered(await robin.request('HEAD', `manifests/${name}`), 200);
      const digest = head.headers.get('docker-content-digest') ?? '';
      byDigest.set(digest, [...(byDigest.get(digest) ?? []), name]);
    }
    const found: Listed[] = [];
    for (const [digest, needs] of [...KNOWN, ...this.#indexes])
      if ((await robin.statusOf(`manifests/${digest}`)) === 200)
        found.push({ digest, needs, tags: byDigest.get(digest) ?? [] });
    assert.equal(
      found.flatMap((each) => each.tags).length,
      tags.length,
      'every tag stands for something that is there',
    );
    return found;
  }
}

/** Whether the policy cannot delete an image that has this tag; `isFresh`: the tag was set just now. */
const keepsAll = (
  { images_per_repo, rules = [] }: RetentionTerms,
  name: string,
  isFresh: boolean,
): boolean => {
  const deciding = rules.find(({ tags = ['*'] }) => tags.includes('*') || tags.includes(name));
  if (!deciding) return images_per_repo === -1;
  const { images_per_repo: newest, older_than_days: old, not_pulled_for_days: unpulled } = deciding;
  if ((newest ?? old ?? unpulled) === undefined) return true;
  return isFresh && (old ?? unpulled) !== undefined;
};

test('after any history of pushes, indexes, tags, pulls and runs, with pushes beside them: what is kept has what it needs, a run deletes what its analysis said, and no push is lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 25 }), async (steps) => {
      await using world = await RetentionWorld.open();
      const pair = new Pair(world);
      for (const each of steps) await pair.take(each);
    }),
    { numRuns: 12, endOnFailure: true },
  );
});
