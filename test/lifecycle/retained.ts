import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RetentionLine, RetentionRun, RetentionTerms } from '../../src/wire/retentions.ts';
import { answered } from '../spec/answers.ts';
import { CONFIG, descriptorOf, jsonOf, LAYER, newBytes, OCI_MANIFEST } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import { DAY } from '../support/clock.ts';
import { type RegistryOptions, TestRegistry } from '../support/registry.ts';

/** A registry with the namespace birds, and what a person does there with retention. */
export class RetentionWorld implements AsyncDisposable {
  readonly registry: TestRegistry;
  readonly robin: TestRepository;

  private constructor(registry: TestRegistry) {
    this.registry = registry;
    this.robin = this.repository('birds/robin');
  }

  static async open(options: RegistryOptions = {}): Promise<RetentionWorld> {
    const registry = await TestRegistry.start(options);
    await registry.namespaceAdd('birds');
    return new RetentionWorld(registry);
  }

  repository(name: string): TestRepository {
    return new TestRepository(this.registry, name);
  }

  /** An image built so many days before now, under these tags; without tags by its digest. `null`: it does not say when. */
  async image(
    days: number | string | null,
    tags: readonly string[],
    { repository = this.robin, fields = {} }: { repository?: TestRepository; fields?: object } = {},
  ): Promise<string> {
    const created =
      typeof days === 'number' ? new Date(this.registry.clock.now() - days * DAY).toISOString() : days;
    const config = jsonOf({ os: 'linux', nonce: newBytes(8).toString('hex'), ...(created && { created }) });
    const layer = newBytes();
    for (const bytes of [config, layer]) await repository.pushBlob(bytes);
    const manifest = jsonOf({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: descriptorOf(CONFIG, config),
      layers: [descriptorOf(LAYER, layer)],
      ...fields,
    });
    const { digest } = descriptorOf(OCI_MANIFEST, manifest);
    const [first = digest, ...more] = tags;
    const query = more.map((tag) => `tag=${tag}`).join('&');
    await answered(await repository.putManifest(`${first}?${query}`, manifest), 201);
    return digest;
  }

  set(terms: RetentionTerms, apikey?: string): Promise<Response> {
    return this.registry.api('POST', '/api/v1/retentions', { namespace: 'birds', ...terms }, apikey);
  }

  /** What a policy would delete: repository@digest without the host. */
  async analysis(terms: RetentionTerms, apikey?: string): Promise<string[]> {
    const body = { namespace: 'birds', ...terms };
    const response = await answered(
      await this.registry.api('POST', '/api/v1/retentions/analyze', body, apikey),
      200,
    );
    const found = (await response.json()) as Record<string, string[]>;
    const host = `${this.registry.host}/`;
    return Object.entries(found).flatMap(([repository, images]) =>
      images.map((image) => {
        assert.ok(image.startsWith(`${repository}@`), image);
        return image.slice(host.length);
      }),
    );
  }

  /** The digests of birds/robin that it would delete, sorted. */
  async digests(terms: RetentionTerms): Promise<string[]> {
    const found = await this.analysis(terms);
    return found
      .filter((image) => image.startsWith('birds/robin@'))
      .map((image) => image.slice('birds/robin@'.length))
      .sort();
  }

  /** Every image with the decision and its reason, by digest. */
  async explained(
    terms: RetentionTerms,
  ): Promise<Map<string, { deleted: boolean; reason: string; because: string }>> {
    const body = { namespace: 'birds', ...terms };
    const response = await answered(await this.registry.api('POST', '/api/v1/retentions/explain', body), 200);
    const lines = (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RetentionLine);
    assert.equal(lines.at(-1)?.kind, 'end');
    return new Map(
      lines.flatMap((line) =>
        line.kind === 'image' ? [[line.image.split('@')[1] ?? '', line] as const] : [],
      ),
    );
  }

  async runs(): Promise<RetentionRun[]> {
    const response = await answered(await this.registry.api('GET', '/api/v1/retentions/birds/runs'), 200);
    return ((await response.json()) as { runs: RetentionRun[] }).runs;
  }

  /** The newest run, when none is under way. */
  async ended(): Promise<RetentionRun> {
    for (let turn = 0; turn < 2000; turn++) {
      const runs = await this.runs();
      const [newest] = runs;
      if (newest && runs.every(({ outcome }) => outcome !== 'waiting' && outcome !== 'running'))
        return newest;
      await sleep(10);
    }
    throw new Error('a run does not end');
  }

  /** Sets a policy and waits for its first run, which must go well. */
  async retain(terms: RetentionTerms): Promise<RetentionRun> {
    await answered(await this.set(terms), 201);
    const run = await this.ended();
    assert.equal(run.outcome, 'done', run.reason ?? '');
    assert.deepEqual(run.failures, []);
    return run;
  }

  /** Those of these digests that robin still has. */
  async there(digests: readonly string[], repository = this.robin): Promise<string[]> {
    const found: string[] = [];
    for (const digest of digests)
      if ((await repository.statusOf(`manifests/${digest}`)) === 200) found.push(digest);
    return found.sort();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.registry[Symbol.asyncDispose]();
  }
}
