import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { EntityPage } from '../../database/entity-page.ts';
import { pages } from '../../database/windows.ts';
import { prefixedId } from '../../ids.ts';
import type { Actor } from '../../principal.ts';
import { entityIdOf, iamIdOfServiceId } from '../iam-ids.ts';
import { listServiceIds } from '../service-ids/rows.ts';
import type { Activity } from './activity.ts';
import * as reports from './rows.ts';
import { createActivityReport } from './writes.ts';

const HOUR = 3_600_000;
const BATCH = 200;

export interface Inactive {
  readonly id: string;
  readonly name: string;
  readonly lastAuthn: number | undefined;
}

export type InactiveUser = Inactive & { readonly userName: string; readonly email: string };

export interface InactiveApiKey extends Inactive {
  readonly holder:
    | { readonly kind: 'service-id'; readonly id: string; readonly name: string }
    | { readonly kind: 'user'; readonly user: InactiveUser | undefined; readonly iamId: string };
}

/** Which identities of an account did not sign in for so long; times in epoch milliseconds. */
export interface ActivityReport {
  readonly reference: string;
  /** Hours. */
  readonly duration: number;
  readonly createdBy: string;
  readonly start: number;
  readonly end: number;
  readonly users: readonly InactiveUser[];
  readonly apiKeys: readonly InactiveApiKey[];
  readonly serviceIds: readonly Inactive[];
  readonly profiles: readonly Inactive[];
}

/**
 * Reports of inactive identities. A report is asked for once, which the audit records, and made of the rows of now each
 * time it is read: an identity that signed in meanwhile is not in it. What is younger than the time is left out.
 */
export class ActivityReports {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #activity: Activity;

  constructor(database: Database, clock: Clock, activity: Activity) {
    this.#database = database;
    this.#clock = clock;
    this.#activity = activity;
  }

  /** `duration`: hours. Answers the reference. */
  async create(accountId: string, duration: number, by: string, actor: Actor): Promise<string> {
    const id = prefixedId('Report').slice('Report-'.length).replaceAll('-', '');
    const row = {
      id,
      account_id: accountId,
      duration,
      created_at: this.#clock.now(),
      created_by: by,
    };
    await this.#database.write(createActivityReport, { row, actor });
    return id;
  }

  /** `latest`, or a reference of this account; undefined for any other. */
  async read(accountId: string, reference: string): Promise<ActivityReport | undefined> {
    const { db } = this.#database;
    const row =
      reference === 'latest'
        ? await reports.latestActivityReport(db, accountId)
        : await reports.findActivityReport(db, reference);
    if (row?.account_id !== accountId) return undefined;
    await this.#activity.flush();
    const before = row.created_at - row.duration * HOUR;
    const users = await this.#users(accountId);
    const serviceIds = await this.#serviceIds(accountId);
    const isInactive = ({ at, since }: Dated): boolean => since < before && (at ?? 0) < before;
    const keys = await this.#pages('iam_id', (page) =>
      reports.inactiveApiKeys(db, { accountId, before, page }),
    );
    const profiles = await this.#pages('id', (page) =>
      reports.inactiveProfiles(db, { accountId, before, page }),
    );
    return {
      reference: row.id,
      duration: row.duration,
      createdBy: row.created_by,
      start: before,
      end: row.created_at,
      users: [...users.values()].filter(isInactive).map(({ entity }) => entity),
      serviceIds: [...serviceIds.values()].filter(isInactive).map(({ entity }) => entity),
      apiKeys: keys.map((key) => withHolder(key, users, serviceIds)),
      profiles: profiles.map(inactive),
    };
  }

  async #users(accountId: string): Promise<Map<string, Dated<InactiveUser>>> {
    const { db } = this.#database;
    const users = new Map<string, Dated<InactiveUser>>();
    const read = pages<reports.Member>(BATCH, (last) =>
      reports.membersAfter(db, accountId, last?.iam_id ?? '', BATCH),
    );
    for await (const rows of read) {
      const ids = rows.map(({ iam_id: iamId }) => iamId);
      const seen = await reports.lastSeen(db, accountId, ids);
      for (const row of rows) {
        const at = seen.get(row.iam_id);
        const name = `${row.first_name} ${row.last_name}`.trim();
        const { iam_id: id, email } = row;
        const userName = email === '' ? row.user_name : email;
        users.set(id, { at, since: row.added_at, entity: { id, name, userName, email, lastAuthn: at } });
      }
    }
    return users;
  }

  async #serviceIds(accountId: string): Promise<Map<string, Dated>> {
    const { db } = this.#database;
    const rows = await this.#pages('id', async (page) => {
      const some = await listServiceIds(db, { accountId, name: undefined, page });
      const ids = some.map(({ id }) => iamIdOfServiceId(id));
      const seen = await reports.lastSeen(db, accountId, ids);
      return some.map(({ id, name, created_at: since }) => {
        const at = seen.get(iamIdOfServiceId(id));
        return { id, at, since, entity: { id, name, lastAuthn: at } };
      });
    });
    return new Map(rows.map(({ id, at, since, entity }) => [id, { at, since, entity }]));
  }

  /** A batch at a time, so that no other query waits behind a long one. */
  async #pages<Row extends { id: string; iam_id?: string }>(
    by: 'id' | 'iam_id',
    ask: (page: EntityPage) => Promise<Row[]>,
  ): Promise<Row[]> {
    const all: Row[] = [];
    const read = pages<Row>(BATCH, (last) => {
      const after = last && { value: last[by] ?? '', id: last.id };
      return ask({ sort: undefined, descending: false, after, filters: [], limit: BATCH });
    });
    for await (const rows of read) all.push(...rows);
    return all;
  }
}

interface Dated<Entity extends Inactive = Inactive> {
  readonly entity: Entity;
  readonly at: number | undefined;
  readonly since: number;
}

const inactive = (row: reports.InactiveProfile): Inactive => ({
  id: row.id,
  name: row.name,
  lastAuthn: row.last_authn_at ?? undefined,
});

const withHolder = (
  key: reports.InactiveKey,
  users: ReadonlyMap<string, Dated<InactiveUser>>,
  serviceIds: ReadonlyMap<string, Dated>,
): InactiveApiKey => {
  const id = entityIdOf(key.iam_id);
  return {
    ...inactive(key),
    holder:
      key.identity_kind === 'service-id'
        ? { kind: 'service-id', id, name: serviceIds.get(id)?.entity.name ?? '' }
        : { kind: 'user', user: users.get(key.iam_id)?.entity, iamId: key.iam_id },
  };
};
