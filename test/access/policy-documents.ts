import { randomUUID } from 'node:crypto';
import type { PolicyRow } from '../../src/database/iam-schema.ts';

const ROLE = 'crn:v1:bluemix:public:iam::::role:';
const SERVICE_ROLE = 'crn:v1:bluemix:public:iam::::serviceRole:';
const SERVICE_ROLES = ['Reader', 'Writer', 'Manager'];

export const crn = (role: string): string =>
  role.startsWith('crn:') ? role : `${SERVICE_ROLES.includes(role) ? SERVICE_ROLE : ROLE}${role}`;

type Attributes = Readonly<Record<string, string>>;

/** A v2 policy: whom, which role, on what. */
export const v2Policy = (
  subject: string,
  role: string | string[],
  accountId: string,
  attributes: Attributes = { serviceName: 'container-registry' },
  more: object = {},
) => ({
  type: 'access',
  subject: {
    attributes: [
      {
        key: subject.startsWith('AccessGroupId') ? 'access_group_id' : 'iam_id',
        operator: 'stringEquals',
        value: subject,
      },
    ],
  },
  control: { grant: { roles: [role].flat().map((each) => ({ role_id: crn(each) })) } },
  resource: {
    attributes: Object.entries({ accountId, ...attributes }).map(([key, value]) => ({
      key,
      operator: 'stringEquals',
      value,
    })),
  },
  ...more,
});

/** The same in v1's words; operators left out where they mean equality. */
export const v1Policy = (
  subject: string,
  role: string,
  accountId: string,
  attributes: Attributes = { serviceName: 'container-registry' },
) => ({
  type: 'access',
  subjects: [{ attributes: [{ name: 'iam_id', value: subject }] }],
  roles: [{ role_id: crn(role) }],
  resources: [
    {
      attributes: Object.entries({ accountId, ...attributes }).map(([name, value]) => ({ name, value })),
      tags: [],
    },
  ],
});

export const onNamespace = (resource: string): Attributes => ({
  serviceName: 'container-registry',
  resourceType: 'namespace',
  resource,
});

/** A row of a policy of version 2, as earlier versions stored it without a bound. */
export const storedPolicy = (accountId: string, subject: string, document: object): PolicyRow => ({
  id: randomUUID(),
  account_id: accountId,
  version: 'v2',
  type: 'access',
  subject,
  document: JSON.stringify(document),
  fingerprint: randomUUID(),
  state: 'active',
  entity_tag: '1-00000000000000000000000000000000',
  created_at: 0,
  created_by: 'IBMid-1',
  modified_at: 0,
  modified_by: 'IBMid-1',
});
