/** Fills a database with policies and API keys of identities: no request names most of them, and some are asked about. */
import { randomBytes } from 'node:crypto';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { crnOfRole } from '../../src/access/roles/roles.ts';

export const PER_IDENTITY = 5;

export const identityOf = (index: number): string => `iam-ServiceId-${index}`;

type Row = Readonly<Record<string, SQLInputValue>>;

/** So many policies and as many keys, in the account; `PER_IDENTITY` policies for each `identityOf(index)`. */
export const seed = (file: string, accountId: string, rows: number): void => {
  using database = new DatabaseSync(file);
  database.exec('pragma busy_timeout = 60000; pragma cache_size = -200000; begin immediate');
  const policy = inserter(database, 'policies', policyRow(accountId, 0));
  const key = inserter(database, 'api_keys', keyRow(accountId, 0));
  for (let index = 0; index < rows; index++) {
    policy(policyRow(accountId, index));
    key(keyRow(accountId, index));
  }
  database.exec('commit');
};

const inserter = (database: DatabaseSync, table: string, like: Row): ((row: Row) => void) => {
  const names = Object.keys(like);
  const places = names.map(() => '?').join(', ');
  const statement = database.prepare(`insert into ${table} (${names.join(', ')}) values (${places})`);
  return (row) => void statement.run(...Object.values(row));
};

const equal = (key: string, value: string) => ({ key, operator: 'stringEquals', value });

const policyRow = (accountId: string, index: number): Row => {
  const subject = identityOf(Math.floor(index / PER_IDENTITY));
  const attributes = [
    equal('accountId', accountId),
    equal('serviceName', 'container-registry'),
    equal('resourceType', 'namespace'),
    equal('resource', `namespace-${index % PER_IDENTITY}`),
  ];
  const document = {
    type: 'access',
    subject: { attributes: [equal('iam_id', subject)] },
    control: { grant: { roles: [{ role_id: crnOfRole('Reader') }] } },
    resource: { attributes },
  };
  return {
    id: `seeded-${index}`,
    account_id: accountId,
    version: 'v2',
    type: 'access',
    subject,
    document: JSON.stringify(document),
    fingerprint: `seeded-${index}`,
    state: 'active',
    entity_tag: '1-a',
    created_at: 0,
    created_by: 'bench',
    modified_at: 0,
    modified_by: 'bench',
  };
};

const keyRow = (accountId: string, index: number): Row => ({
  id: `ApiKey-seeded-${index}`,
  account_id: accountId,
  iam_id: identityOf(index),
  identity_kind: 'service-id',
  name: 'k',
  description: '',
  secret_hash: randomBytes(32).toString('base64url'),
  entity_tag: '1-a',
  locked: 0,
  disabled: 0,
  support_sessions: 0,
  action_when_leaked: 'none',
  expires_at: null,
  created_at: 0,
  created_by: 'bench',
  modified_at: 0,
  last_authn_at: null,
  authn_count: 0,
});
