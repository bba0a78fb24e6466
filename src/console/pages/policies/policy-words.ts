import type { PolicyV2 } from '../../../wire/policies.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';

const text = inBoth(
  {
    everywhere: 'everything',
    registry: 'the whole registry',
    services: 'all services',
    account: 'account management',
    namespace: 'namespace',
    group: 'resource group',
    always: 'always',
    sometimes: 'at certain times',
  },
  {
    everywhere: '모든 위치',
    registry: '레지스트리 전체',
    services: '모든 서비스',
    account: '계정 관리',
    namespace: '네임스페이스',
    group: '리소스 그룹',
    always: '항상',
    sometimes: '정해진 시간에만',
  },
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

/** Where it counts, in words: `namespace birds, repository ~ birds/app-*`. */
export const whereOf = ({ resource }: PolicyV2): string => {
  const attributes = attributesOf(resource).filter(({ key }) => key !== 'accountId');
  const told = attributes.flatMap((attribute) => wordsOf(attribute, attributes));
  return told.length === 0 ? text().everywhere : visible(told.join(', '));
};

/** What is said of one attribute; nothing, where another one says more. */
const wordsOf = ({ key, operator, value }: Attribute, all: readonly Attribute[]): readonly string[] => {
  const isOnly = all.length === 1;
  const isNamespace = all.some((each) => each.key === 'resourceType' && each.value === 'namespace');
  if (key === 'serviceName' && value === 'container-registry') return isOnly ? [text().registry] : [];
  if (key === 'serviceType' && value === 'service') return [text().services];
  if (key === 'serviceType' && value === 'platform_service') return [text().account];
  if (key === 'resourceType' && all.some((each) => each.key === 'resource')) return [];
  const name =
    key === 'resource' && isNamespace ? text().namespace : key === 'resourceGroupId' ? text().group : key;
  const isPlain = operator !== 'stringMatch';
  const isWord = name !== key;
  return [`${name}${isPlain ? (isWord ? '' : ' =') : ' ~'} ${String(value)}`];
};

export const whenOf = ({ rule }: PolicyV2): string => (rule === undefined ? text().always : text().sometimes);
