import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type NewApiKey, newKey } from '../../src/identity/api-keys.ts';
import { MasterKey } from '../../src/identity/master-key.ts';
import type { TestRegistry } from '../support/registry.ts';

/** Somebody with an API key in an account. */
export interface Holder {
  readonly iamId: string;
  readonly accountId: string;
  readonly apikey: string;
}

type Row = Record<string, string | number | null>;

/** Rows put beside the server: these tests are about access, not about how identities come to be. */
export class Identities implements Disposable {
  readonly #db: DatabaseSync;
  readonly #registry: TestRegistry;
  readonly #masterKey: MasterKey;

  constructor(registry: TestRegistry) {
    this.#registry = registry;
    this.#db = new DatabaseSync(registry.database);
    this.#db.exec('pragma busy_timeout = 5000');
    const text = readFileSync(join(registry.data, 'master.key'), 'utf8');
    this.#masterKey = new MasterKey(Buffer.from(text, 'base64'));
  }

  serviceId(accountId = this.#registry.accountId, locked = false): Holder {
    const id = `ServiceId-${randomUUID()}`;
    this.#insert('service_ids', {
      id,
      account_id: accountId,
      name: 'ci',
      description: '',
      unique_instance_crns: '[]',
      entity_tag: '1-a',
      locked: Number(locked),
      created_at: 0,
      created_by: 'IBMid-1',
      modified_at: 0,
    });
    return this.#withKey('service-id', `iam-${id}`, accountId);
  }

  user(accountId = this.#registry.accountId): Holder {
    const iamId = `IBMid-${randomBytes(5).toString('hex').toUpperCase()}`;
    this.#insert('users', {
      iam_id: iamId,
      user_name: `${iamId}@example.com`,
      email: '',
      first_name: 'Ada',
      last_name: 'Lovelace',
      created_at: 0,
    });
    this.#insert('memberships', { account_id: accountId, iam_id: iamId, state: 'ACTIVE', added_at: 0 });
    return this.#withKey('user', iamId, accountId);
  }

  /** Another account with its owner. */
  async stranger(): Promise<Holder> {
    const response = await this.#registry.api('POST', '/api/v1/accounts', { name: 'Strangers' });
    const made = (await response.json()) as { account_id: string; owner_iam_id: string; apikey: string };
    return { iamId: made.owner_iam_id, accountId: made.account_id, apikey: made.apikey };
  }

  row(sql: string, ...values: (string | number)[]): Row | undefined {
    return this.#db.prepare(sql).get(...values) as Row | undefined;
  }

  run(sql: string, ...values: (string | number)[]): void {
    this.#db.prepare(sql).run(...values);
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  #withKey(identityKind: NewApiKey['identityKind'], iamId: string, accountId: string): Holder {
    const asked: NewApiKey = {
      accountId,
      iamId,
      identityKind,
      name: 'key',
      description: '',
      secret: undefined,
      expiresAt: undefined,
      locked: false,
      disabled: false,
      supportSessions: false,
      actionWhenLeaked: 'none',
      createdBy: iamId,
    };
    const { key, secret } = newKey(asked, this.#masterKey, this.#registry.clock.now());
    this.#insert('api_keys', { ...key });
    return { iamId, accountId, apikey: secret };
  }

  #insert(table: string, row: Row): void {
    const names = Object.keys(row);
    const places = names.map(() => '?').join(', ');
    this.#db
      .prepare(`insert into ${table} (${names.join(', ')}) values (${places})`)
      .run(...Object.values(row));
  }
}
