import type { ProfileTrustRow } from '../../database/iam-schema.ts';
import { entityIdOf, iamIdOfServiceId } from '../iam-ids.ts';
import type {
  IdentityTrust,
  LinkTrust,
  ProfileTrust,
  RuleCondition,
  RuleTrust,
  TrustTerms,
} from './profile-trust.ts';

/** How trusts stand in their rows: as IBM's documents, which earlier versions of this program read too. */
interface RuleDocument {
  readonly type: 'Profile-SAML' | 'Profile-CR';
  readonly name?: string;
  readonly realm_name?: string;
  readonly cr_type?: string;
  readonly expiration?: number;
  readonly conditions: readonly RuleCondition[];
}

interface LinkDocument {
  readonly cr_type: string;
  readonly name?: string;
  readonly link: { readonly crn: string; readonly namespace?: string; readonly name?: string };
}

interface IdentityDocument {
  readonly type: 'user' | 'serviceid';
  /** An iam_id for a user, `ServiceId-…` for a service ID. */
  readonly identifier: string;
  readonly accounts?: readonly string[];
  readonly description?: string;
}

export const profileTrustOfRow = (row: ProfileTrustRow): ProfileTrust => ({
  id: row.id,
  profileId: row.profile_id,
  entityTag: row.entity_tag,
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
  terms: readTerms(row),
});

/** The row of a trust that is to be. */
export const rowOfProfileTrust = (trust: ProfileTrust): ProfileTrustRow => ({
  id: trust.id,
  profile_id: trust.profileId,
  kind: trust.terms.kind,
  identity: trust.terms.kind === 'identity' ? trust.terms.iamId : null,
  document: printTerms(trust.terms),
  entity_tag: trust.entityTag,
  created_at: trust.createdAt,
  modified_at: trust.modifiedAt,
});

export const printTerms = (terms: TrustTerms): string => {
  switch (terms.kind) {
    case 'rule':
      return JSON.stringify(documentOfRule(terms));
    case 'link':
      return JSON.stringify(documentOfLink(terms));
    case 'identity':
      return JSON.stringify(documentOfIdentity(terms));
  }
};

const readTerms = ({ kind, document }: ProfileTrustRow): TrustTerms => {
  const read: unknown = JSON.parse(document);
  switch (kind) {
    case 'rule':
      return ruleOf(read as RuleDocument);
    case 'link':
      return linkOf(read as LinkDocument);
    case 'identity':
      return identityOf(read as IdentityDocument);
  }
};

const ruleOf = ({ type, name, realm_name, cr_type, expiration, conditions }: RuleDocument): RuleTrust => ({
  kind: 'rule',
  of: type === 'Profile-CR' ? 'compute' : 'saml',
  name,
  realmName: realm_name,
  crType: cr_type,
  expiration,
  conditions,
});

// JSON leaves out what is undefined
const documentOfRule = ({ of, name, realmName, crType, expiration, conditions }: RuleTrust): object => ({
  type: of === 'compute' ? 'Profile-CR' : 'Profile-SAML',
  conditions,
  name,
  realm_name: realmName,
  cr_type: crType,
  expiration,
});

const linkOf = ({ cr_type, name, link }: LinkDocument): LinkTrust => ({
  kind: 'link',
  name,
  crType: cr_type,
  crn: link.crn,
  namespace: link.namespace ?? '',
  serviceAccount: link.name ?? '',
});

const documentOfLink = ({ name, crType, crn, namespace, serviceAccount }: LinkTrust): object => ({
  cr_type: crType,
  link: { crn, namespace, name: serviceAccount },
  name,
});

const identityOf = ({ type, identifier, accounts, description }: IdentityDocument): IdentityTrust => ({
  kind: 'identity',
  type: type === 'serviceid' ? 'service-id' : 'user',
  iamId: type === 'serviceid' ? iamIdOfServiceId(identifier) : identifier,
  accounts,
  description,
});

const documentOfIdentity = ({ type, iamId, accounts, description }: IdentityTrust): object => ({
  type: type === 'service-id' ? 'serviceid' : 'user',
  identifier: type === 'service-id' ? entityIdOf(iamId) : iamId,
  accounts,
  description,
});
