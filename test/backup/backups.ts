import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MasterKey } from '../../src/identity/master-key.ts';
import type { BackupRun, BackupVerifyEvent, PruneEvent, SnapshotList } from '../../src/wire/backups.ts';
import { type RegistryOptions, TestRegistry } from '../support/registry.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

/** A registry that may write backups below a folder of its own. */
export class BackedUp implements AsyncDisposable {
  readonly registry: TestRegistry;
  readonly #folder: TemporaryFolder;

  private constructor(registry: TestRegistry, folder: TemporaryFolder) {
    this.registry = registry;
    this.#folder = folder;
  }

  static async start(options: RegistryOptions = {}): Promise<BackedUp> {
    const folder = temporaryFolder();
    const env = { TIDEGATE_BACKUP_ROOT: folder.path, ...options.env };
    return new BackedUp(await TestRegistry.start({ ...options, env }), folder);
  }

  /** TIDEGATE_BACKUP_ROOT. */
  get root(): string {
    return this.#folder.path;
  }

  /** The master key, with which what is in a target can be compared. */
  get masterKey(): MasterKey {
    return new MasterKey(Buffer.from(readFileSync(join(this.registry.data, 'master.key'), 'utf8'), 'base64'));
  }

  /** Begins a backup, and answers it when it has ended. */
  async take(to = 'first'): Promise<BackupRun> {
    const begun = await this.registry.api('POST', '/api/v1/backups', { to });
    const text = await begun.text();
    assert.equal(begun.status, 202, text);
    return this.ended((JSON.parse(text) as BackupRun).id);
  }

  async ended(id: string): Promise<BackupRun> {
    const read = async (): Promise<BackupRun> =>
      (await (await this.registry.api('GET', `/api/v1/backups/${id}`)).json()) as BackupRun;
    let run = await read();
    await until('the backup has ended', async () => {
      run = await read();
      return run.outcome !== 'running';
    });
    return run;
  }

  /** The same, which must go well. */
  async taken(to = 'first'): Promise<BackupRun & { snapshot: string }> {
    const run = await this.take(to);
    assert.equal(run.outcome, 'done', run.reason ?? '');
    return { ...run, snapshot: run.snapshot ?? '' };
  }

  async list(target = 'first'): Promise<SnapshotList> {
    const answer = await this.registry.api(
      'GET',
      `/api/v1/backups/snapshots?target=${encodeURIComponent(target)}`,
    );
    assert.equal(answer.status, 200);
    return (await answer.json()) as SnapshotList;
  }

  /** Every line of the check; the last must be its end. */
  async verify(request: object = { target: 'first' }): Promise<{
    findings: (BackupVerifyEvent & { kind: 'finding' })[];
    end: BackupVerifyEvent & { kind: 'end' | 'progress' };
  }> {
    const lines = (await this.#lines('/api/v1/backups/verify', request)) as BackupVerifyEvent[];
    const end = lines.at(-1);
    assert.ok(end?.kind === 'end');
    return { findings: lines.filter((line) => line.kind === 'finding'), end };
  }

  async prune(
    request: object,
  ): Promise<{ removed: string[]; end: PruneEvent & { kind: 'end' | 'progress' } }> {
    const lines = (await this.#lines('/api/v1/backups/prune', {
      target: 'first',
      ...request,
    })) as PruneEvent[];
    const end = lines.at(-1);
    assert.ok(end?.kind === 'end');
    return { removed: lines.flatMap((line) => (line.kind === 'removed' ? [line.snapshot] : [])), end };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.registry[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }

  async #lines(path: string, request: object): Promise<unknown[]> {
    const answer = await this.registry.api('POST', path, request);
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  }
}
