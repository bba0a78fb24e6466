import type { DatabaseSync } from 'node:sqlite';
import type { Client } from 'pg';

/** SQL of a column in the row numbered `n`, in place of an empty text or nought. */
type Columns = Readonly<Record<string, string>>;

interface Filling {
  readonly table: string;
  readonly rows: number;
  readonly columns: Columns;
}

const LARGE = 100_000;
const one = (table: string, columns: Columns): Filling => ({ table, rows: 1, columns });
const many = (table: string, columns: Columns): Filling => ({ table, rows: LARGE, columns });

const named = (prefix: string): string => `'${prefix}' || n`;
/** An identity has a hundred of what is its own; the identity `i` has one. */
const identity = `case n when 1 then 'i' else 'i' || n / 100 end`;

/**
 * One account `a` with all there is: 10^5 rows of everything that has no limit, in the order of the references between
 * them. Names are those that large-table-queries.ts asks for.
 */
const FILLINGS: readonly Filling[] = [
  one('accounts', { id: `'a'` }),
  one('regions', { id: `'r'` }),
  one('signing_keys', { id: `'k'` }),
  many('users', { iam_id: named('i'), user_name: named('u') }),
  many('memberships', { account_id: `'a'`, iam_id: named('i'), state: `'ACTIVE'` }),
  many('service_ids', { id: named('ServiceId-'), account_id: `'a'`, name: named('ci') }),
  many('api_keys', {
    id: named('k'),
    account_id: `'a'`,
    iam_id: identity,
    name: `'v'`,
    secret_hash: named('h'),
    previous_hash: `case when n % 10 = 0 then 'p' || n end`,
    identity_kind: `'service-id'`,
    expires_at: `case when n % 10 = 0 then n end`,
  }),
  many('sessions', { id: named('s'), account_id: `'a'`, iam_id: identity, api_key_id: named('k') }),
  many('refresh_tokens', {
    id: named('t'),
    token_hash: named('h'),
    account_id: `'a'`,
    iam_id: identity,
    session_id: named('s'),
    api_key_id: named('k'),
  }),
  many('profiles', { id: named('p'), account_id: `'a'`, name: named('n'), last_authn_at: 'n' }),
  many('profile_trusts', { id: named('t'), profile_id: named('p'), kind: `'identity'`, identity }),
  many('policies', {
    id: named('p'),
    account_id: `'a'`,
    subject: identity,
    fingerprint: named('f'),
    state: `case when n % 50 = 0 then 'deleted' else 'active' end`,
    modified_at: 'n + 10',
  }),
  { table: 'access_groups', rows: 500, columns: { id: named('g'), account_id: `'a'`, name: named('n') } },
  many('group_members', { group_id: `'g' || (1 + n % 500)`, iam_id: named('i'), account_id: `'a'` }),
  many('audit_events', {
    id: named('e'),
    account_id: `'a'`,
    at: 'n',
    target: `case n when 1 then 't' else 't' || n / 100 end`,
    principal: `case n when 1 then 'p' else 'p' || n / 100 end`,
    credential_id: `case n when 1 then 'c' else 'c' || n / 100 end`,
    number: 'case when n < 99990 then n end',
  }),
  many('webhooks', { id: named('w'), account_id: named('a'), enabled: '1', answered_kind: `'user'` }),
  many('webhook_deliveries', {
    id: named('d'),
    hook_id: `'w' || n / 100`,
    state: `case when n % 10 = 0 then 'failed' else 'pending' end`,
    next_at: 'n',
    number: 'n',
    created_at: 'n',
  }),
  many('audit_blocks', {
    position: 'n',
    state: 'case when n % 100 = 0 then 0 when n % 1000 = 1 then 2 else 3 end',
    looked_at: 'n',
    size: 'n',
  }),
  many('audit_holds', { account_id: named('a'), lifted_at: 'case when n % 2 = 0 then n end' }),
  many('pulls', {
    repository_id: `case when n % 2 = 0 then 'p' else 'p' || n end`,
    kind: `'tag'`,
    reference: named('t'),
    day: '1',
  }),
  many('refusals', { id: named('r'), account_id: `'a'`, at: 'n + 10' }),
  many('registry_tokens', {
    id: named('t'),
    account_id: `'a'`,
    region_id: `'r'`,
    signing_key_id: `'k'`,
    expires_at: 'n + 10',
  }),
  many('exemptions', {
    account_id: `'a'`,
    region_id: `'r'`,
    namespace: `'birds'`,
    issue_type: `'sn'`,
    issue_id: named('i'),
  }),
  many('device_logins', {
    id: named('o'),
    device_hash: named('d'),
    user_hash: named('u'),
    client_id: `'tidegate-cli'`,
    state: `'waiting'`,
    account_id: `'a'`,
    iam_id: identity,
    poll_seconds: '5',
    created_at: '1',
    expires_at: 'n + 10',
  }),
  many('login_grants', {
    id: named('o'),
    code_hash: named('c'),
    client_id: `'tidegate-cli'`,
    redirect_uri: `'http://127.0.0.1:1/callback'`,
    code_challenge: `'x'`,
    account_id: `'a'`,
    iam_id: identity,
    chain: `'[]'`,
    created_at: '1',
    expires_at: 'n + 10',
  }),
  many('one_time_codes', {
    id: named('o'),
    code_hash: named('h'),
    purpose: `case when n % 2 = 0 then 'invitation' else 'passcode' end`,
    account_id: `'a'`,
    iam_id: identity,
    expires_at: 'n + 10',
  }),
  {
    table: 'namespaces',
    rows: 1000,
    columns: { id: named('n'), region_id: `'r'`, account_id: `'a'`, name: named('n') },
  },
  many('repositories', {
    id: named('p'),
    namespace_id: `'n' || (1 + n % 1000)`,
    region_id: `'r'`,
    name: named('birds/'),
  }),
  one('repositories', { id: `'p'`, namespace_id: `'n1'`, region_id: `'r'`, name: `'birds/a'` }),
  many('blobs', { region_id: `'r'`, digest: named('d'), storage_key: named('s') }),
  many('repository_blobs', {
    repository_id: `case when n % 2 = 0 then 'p' else 'p' || n end`,
    digest: named('d'),
  }),
  many('manifests', {
    repository_id: `case when n % 2 = 0 then 'p' else 'p' || n end`,
    digest: named('m'),
    subject: `case when n % 4 = 0 then 's' || n / 100 end`,
    image_created_at: `case when n % 3 > 0 then n end`,
  }),
  many('manifest_references', {
    repository_id: `case when n % 2 = 0 then 'p' else 'p' || n end`,
    manifest_digest: named('m'),
    target_digest: named('d'),
  }),
  many('tags', {
    repository_id: `case when n % 2 = 0 then 'p' else 'p' || n end`,
    name: named('t'),
    digest: named('m'),
  }),
  many('protection_rules', { id: named('r'), namespace_id: `'n' || (1 + n % 1000)`, exceptions: `'[]'` }),
  many('image_holds', {
    repository_id: `case when n % 2 = 0 then 'p' else 'p' || n end`,
    digest: named('m'),
    namespace_id: `'n1'`,
  }),
  many('trashed_manifests', {
    repository_id: `case when n % 2 = 0 then 'p' else 'p' || n end`,
    digest: named('m'),
    deleted_with: named('m'),
    referrers_after: `case when n % 1000 = 0 then '' end`,
    account_id: `'a'`,
    region_id: `'r'`,
    namespace_id: `'n1'`,
    deleted_at: 'n',
    expires_at: 'n + 10',
  }),
  many('repository_contents', {
    repository_id: `case when n % 2 = 0 then 'p' else 'p' || n end`,
    digest: named('d'),
    account_id: `'a'`,
    region_id: `'r'`,
    namespace_id: `'n1'`,
  }),
  many('usage_counters', {
    kind: `case when n % 100 = 0 then 'account' else 'repository' end`,
    id: named('p'),
    region_id: `'r'`,
    shard: '1',
    trash: 'n % 2',
  }),
  many('trashed_tags', {
    repository_id: `case when n % 2 = 0 then 'p' else 'p' || n end`,
    digest: named('m'),
    name: named('t'),
  }),
  many('trashed_references', {
    repository_id: `case when n % 2 = 0 then 'p' else 'p' || n end`,
    manifest_digest: named('m'),
    target_digest: named('d'),
    kind: `'blob'`,
  }),
  {
    table: 'retention_policies',
    rows: 1000,
    columns: { namespace_id: named('n'), due_at: 'n + 10' },
  },
  {
    table: 'retention_analyses',
    rows: 10_000,
    columns: { namespace_id: `'n' || (1 + n % 1000)`, fingerprint: named('f') },
  },
  {
    table: 'retention_runs',
    rows: 20_000,
    columns: {
      id: named('r'),
      namespace_id: `'n' || (1 + n % 1000)`,
      requested_at: 'n',
      outcome: `case when n % 1000 = 0 then 'waiting' else 'done' end`,
      reasons: `'{}'`,
      failures: `'[]'`,
    },
  },
  many('uploads', {
    id: named('u'),
    region_id: `'r'`,
    namespace_id: `'n1'`,
    staging_id: named('s'),
    expires_at: 'n + 10',
  }),
  many('small_blobs', { storage_key: `'r/row/b' || n` }),
  many('unnamed_bytes', { name: named('b'), last_seen_at: 'n + 10' }),
];

const EMPTY: Readonly<Record<string, string>> = { text: `''`, bytea: `''::bytea` };

/** Fills an empty database of the newest schema; takes about 20 s. */
export const fillTables = async (client: Client): Promise<void> => {
  for (const { table, rows, columns } of FILLINGS) {
    const { rows: found } = await client.query<{ name: string; type: string }>(
      `select column_name as name, data_type as type from information_schema.columns
       where table_name = $1 and table_schema = current_schema()
         and is_nullable = 'NO' and column_default is null`,
      [table],
    );
    const given = {
      ...Object.fromEntries(found.map(({ name, type }) => [name, EMPTY[type] ?? '0'])),
      ...columns,
    };
    await client.query(
      `insert into ${table} (${Object.keys(given).join(', ')})
       select ${Object.values(given).join(', ')} from generate_series(1, ${rows}) as n`,
    );
  }
  await client.query('analyze');
};

/** The same on SQLite. */
export const fillSqliteTables = (database: DatabaseSync): void => {
  database.exec('pragma foreign_keys = off; begin');
  for (const { table, rows, columns } of FILLINGS) {
    const found = database.prepare(`pragma table_info(${table})`).all() as {
      name: string;
      type: string;
      notnull: number;
      dflt_value: unknown;
    }[];
    const wanted = found.filter(({ notnull, dflt_value: standing }) => notnull === 1 && standing === null);
    const given = {
      ...Object.fromEntries(wanted.map(({ name, type }) => [name, /text|blob/i.test(type) ? `''` : '0'])),
      ...columns,
    };
    database.exec(
      `with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ${rows})
       insert into ${table} (${Object.keys(given).join(', ')}) select ${Object.values(given).join(', ')} from numbers`,
    );
  }
  database.exec('commit');
};
