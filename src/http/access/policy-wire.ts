import {
  actionsOf,
  describeRole,
  displayNameOf,
  type Policy,
  type PolicyOutcome,
  roleOfCrn,
} from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import type { PolicyV1, PolicyV2 } from '../../wire/policies.ts';
import { timestamp } from '../timestamp.ts';

type Fields = Readonly<Record<string, unknown>>;

/** How IBM's v1 shows a policy that only v2 can say: it is there, and where to read it. */
const PLACEHOLDER =
  'A policy of version 2, which version 1 cannot show: GET the address in href to read all of it.';

export const wireV1 = (policy: Policy, externalUrl: string): PolicyV1 => {
  const shown = policy.version === 'v1' ? policy.document : placeholder(policy);
  return {
    ...written(policy, externalUrl),
    ...describedBy(shown),
    type: policy.type,
    subjects: shown.subjects,
    roles: (shown.roles as { role_id: string }[]).map(({ role_id: id }) => describe(id)),
    resources: shown.resources,
  };
};

const placeholder = ({ accountId }: Policy): Fields => ({
  description: PLACEHOLDER,
  subjects: [{ attributes: [{ name: 'iam_id', value: 'unsupported version' }] }],
  roles: [{ role_id: 'crn:v1:bluemix:public:iam::::role:UnsupportedVersion' }],
  resources: [{ attributes: [{ name: 'accountId', value: accountId }] }],
});

/** A policy of either version in the words of v2. `display` tells what its roles contain. */
export const wireV2 = (policy: Policy, externalUrl: string, display = false): PolicyV2 => {
  const shown = policy.version === 'v2' ? policy.document : converted(policy.document);
  const { rule, pattern } = shown;
  return {
    ...written(policy, externalUrl),
    ...describedBy(shown),
    type: policy.type,
    subject: shown.subject,
    resource: shown.resource,
    control: display ? displayed(shown.control as Control) : shown.control,
    ...(rule === undefined ? {} : { rule }),
    ...(typeof pattern === 'string' ? { pattern } : {}),
  };
};

interface Control {
  readonly grant: { readonly roles: readonly { readonly role_id: string }[] };
}

/** Throws POLICY_CONFLICT with the policy that stands in the way, as IBM's details show it. */
export const writtenOf = (outcome: PolicyOutcome, externalUrl: string): Policy => {
  if ('written' in outcome) return outcome.written;
  const { conflict } = outcome;
  throw new RegistryError('POLICY_CONFLICT', {
    message: `The policy ${conflict.id} already gives ${conflict.subject} one of these roles on the same resources; change that policy.`,
    detail: {
      conflicts_with: { etag: conflict.entityTag, policy: wireV2(conflict, externalUrl) },
    },
  });
};

const written = (policy: Policy, externalUrl: string) => ({
  id: policy.id,
  href: `${externalUrl}/${policy.version}/policies/${policy.id}`,
  created_at: timestamp(policy.createdAt),
  created_by_id: policy.createdBy,
  last_modified_at: timestamp(policy.modifiedAt),
  last_modified_by_id: policy.modifiedBy,
  state: policy.state,
});

const describedBy = ({ description }: Fields): { description?: string } =>
  typeof description === 'string' ? { description } : {};

interface V1Attribute {
  readonly name: string;
  readonly operator?: string;
  readonly value: unknown;
}

interface V1Part {
  readonly attributes: readonly V1Attribute[];
  readonly tags?: readonly V1Attribute[];
}

const converted = (document: Fields): Fields => {
  const [subject] = document.subjects as V1Part[];
  const [resource] = document.resources as V1Part[];
  const roles = document.roles as { role_id: string }[];
  return {
    description: document.description,
    subject: subject && partOf(subject),
    resource: resource && partOf(resource),
    control: { grant: { roles: roles.map(({ role_id }) => ({ role_id })) } },
  };
};

const partOf = ({ attributes, tags = [] }: V1Part) => ({
  attributes: attributes.map(renamed),
  ...(tags.length > 0 ? { tags: tags.map(renamed) } : {}),
});

const renamed = ({ name, operator = 'stringEquals', value }: V1Attribute) => ({ key: name, operator, value });

const describe = (crn: string): { role_id: string; display_name: string; description: string } => {
  const role = roleOfCrn(crn);
  const name = role ? displayNameOf(role) : crn.slice(crn.lastIndexOf(':') + 1);
  return { role_id: crn, display_name: name, description: role ? describeRole(role) : '' };
};

const displayed = ({ grant }: Control): unknown => ({
  grant: {
    roles: grant.roles.map(({ role_id: id }) => {
      const role = roleOfCrn(id);
      const actions = role ? [...actionsOf(role)].map((action) => ({ id: action })) : [];
      return { ...describe(id), actions };
    }),
  },
});
