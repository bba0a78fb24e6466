import type { PolicyV2 } from '../../../wire/policies.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';

const text = inBoth(
  { everywhere: 'everything', always: 'always', sometimes: 'at certain times' },
  { everywhere: '모든 위치', always: '항상', sometimes: '정해진 시간에만' },
);

interface Attribute {
  readonly key: string;
  readonly operator?: string;
  readonly value: unknown;
}

const attributesOf = (part: unknown): readonly Attribute[] => {
  const { attributes } = (part ?? {}) as { attributes?: readonly Attribute[] };
  return Array.isArray(attributes) ? attributes : [];
};

/** Whose policy it is: an iam_id, or the id of an access group. */
export const holderOf = ({ subject }: PolicyV2): string => {
  const [first] = attributesOf(subject);
  return typeof first?.value === 'string' ? first.value : '';
};

/** The names of its roles, as their CRNs end. */
export const rolesOf = ({ control }: PolicyV2): string[] => {
  const { grant } = (control ?? {}) as { grant?: { roles?: readonly { role_id?: string }[] } };
  return (grant?.roles ?? []).map(({ role_id: id = '' }) => id.slice(id.lastIndexOf(':') + 1));
};

/** Where it counts, in words: `container-registry, resource = birds`. */
export const whereOf = ({ resource }: PolicyV2): string => {
  const told = attributesOf(resource)
    .filter(({ key }) => key !== 'accountId')
    .map(({ key, operator, value }) => `${key} ${operator === 'stringMatch' ? '~' : '='} ${String(value)}`);
  return told.length === 0 ? text().everywhere : visible(told.join(', '));
};

export const whenOf = ({ rule }: PolicyV2): string => (rule === undefined ? text().always : text().sometimes);
