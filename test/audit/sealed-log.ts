import assert from 'node:assert/strict';
import type { Connection } from '../../src/database/database.ts';
import type { AuditCheckpoint, AuditVerifyLine } from '../../src/wire/audit.ts';
import { Caller } from '../access/caller.ts';
import { TestRegistry } from '../support/registry.ts';
import { openRows } from '../support/rows.ts';

/** A registry whose audit log is sealed, verified, and changed by who owns its database. */
export class SealedLog implements AsyncDisposable {
  readonly registry: TestRegistry;
  #owner: Caller;
  #made = 0;

  private constructor(registry: TestRegistry, owner: Caller) {
    this.registry = registry;
    this.#owner = owner;
  }

  static async open(env: Record<string, string> = {}): Promise<SealedLog> {
    const registry = await TestRegistry.start({ env });
    return new SealedLog(registry, await Caller.login(registry));
  }

  get owner(): Caller {
    return this.#owner;
  }

  async restart(): Promise<void> {
    await this.registry.restart();
    this.#owner = await Caller.login(this.registry);
  }

  /** Makes so many events, one after the other. */
  async make(count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      const body = { account_id: this.registry.accountId, name: `made-${this.#made++}` };
      assert.equal((await this.#owner.post('/v1/serviceids', body)).status, 201);
    }
  }

  /** The same, and seals them: a block of its own. */
  async block(events: number): Promise<AuditCheckpoint> {
    await this.make(events);
    return this.seal();
  }

  async seal(): Promise<AuditCheckpoint> {
    const { status, body } = await this.#owner.send('POST', '/api/v1/audit/checkpoints');
    assert.equal(status, 201, JSON.stringify(body));
    return body;
  }

  /** What a verification says, line by line. */
  async verify(checkpoint?: string): Promise<AuditVerifyLine[]> {
    const response = await this.registry.api(
      'POST',
      '/api/v1/audit/verify',
      checkpoint === undefined ? {} : { checkpoint },
    );
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditVerifyLine);
  }

  /** The same without how far it came. */
  async findings(checkpoint?: string): Promise<AuditVerifyLine[]> {
    return (await this.verify(checkpoint)).filter(({ kind }) => kind !== 'end' && kind !== 'progress');
  }

  /** Each finding in a few words. */
  async found(checkpoint?: string): Promise<string[]> {
    return (await this.findings(checkpoint)).map(({ kind, number, sealedAs, block }) =>
      [kind, number ?? block, sealedAs].filter((part) => part !== undefined).join(' '),
    );
  }

  async end(checkpoint?: string): Promise<AuditVerifyLine> {
    const last = (await this.verify(checkpoint)).at(-1);
    assert.equal(last?.kind, 'end');
    assert.ok(last);
    return last;
  }

  /** Works on the rows, as who owns the database can. */
  async rows<Answer>(work: (db: Connection) => Promise<Answer>): Promise<Answer> {
    const db = openRows(this.registry.database);
    try {
      return await work(db);
    } finally {
      await db.destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.registry[Symbol.asyncDispose]();
  }
}
