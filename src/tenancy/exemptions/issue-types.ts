import { RegistryError } from '../../errors.ts';

/** A kind of issue that can be exempt. Source: IBM Vulnerability Advisor API, `ExemptionTypeInfo`. */
export interface IssueType {
  readonly identifier: string;
  readonly displayName: string;
  /** What ids of its issues look like. */
  readonly pattern: RegExp;
}

const ID = /^[A-Za-z0-9][A-Za-z0-9:._/+-]{0,199}$/;

export const ISSUE_TYPES: readonly IssueType[] = [
  { identifier: 'cve', displayName: 'CVE', pattern: /^CVE-[0-9]{4}-[0-9]{4,19}$/ },
  { identifier: 'sn', displayName: 'Security Notice', pattern: ID },
  { identifier: 'configuration', displayName: 'Configuration Issue', pattern: ID },
];

/** Throws BAD_REQUEST. */
export const refuseIssue = (type: string, id: string): void => {
  const known = ISSUE_TYPES.find(({ identifier }) => identifier === type);
  if (!known) {
    const types = ISSUE_TYPES.map(({ identifier }) => identifier).join(', ');
    throw new RegistryError('BAD_REQUEST', { message: `the type of an issue is one of ${types}` });
  }
  if (!known.pattern.test(id))
    throw new RegistryError('BAD_REQUEST', {
      message: `this is not the id of an issue of the type ${type}: it must match ${known.pattern.source}`,
    });
};
