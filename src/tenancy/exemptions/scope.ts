import { parseReference } from '../../oci/reference.ts';
import { isNamespaceName, parseRepositoryName } from '../../oci/repository-name.ts';

/** Where an exemption holds, or what an image is called. What is not named is empty; all empty is the whole account. */
export interface Scope {
  readonly namespace: string;
  /** Without its namespace. */
  readonly repository: string;
  /** A tag, or a digest. */
  readonly reference: string;
}

export const ACCOUNT: Scope = { namespace: '', repository: '', reference: '' };

/** `*`, `NAMESPACE`, `NAMESPACE/REPOSITORY`, and the last with `:TAG` or `@DIGEST`; undefined for anything else. */
export const parseScope = (text: string): Scope | undefined => {
  if (text === '*') return ACCOUNT;
  const [, name = '', reference = ''] = /^([^:@]*)(?:[:@](.*))?$/.exec(text) ?? [];
  const [namespace = '', ...path] = name.split('/');
  const repository = path.join('/');
  if (!isNamespaceName(namespace) || !parseRepositoryName(name)) return undefined;
  if (reference === '') return text === name ? { namespace, repository, reference } : undefined;
  const separator = parseReference(reference)?.kind === 'digest' ? '@' : ':';
  if (repository === '' || !parseReference(reference) || text !== `${name}${separator}${reference}`)
    return undefined;
  return { namespace, repository, reference };
};

export type ScopeType = 'account' | 'namespace' | 'repository' | 'image';

export const scopeTypeOf = ({ namespace, repository, reference }: Scope): ScopeType => {
  if (reference !== '') return 'image';
  if (repository !== '') return 'repository';
  return namespace === '' ? 'account' : 'namespace';
};

/** As `parseScope` reads it. */
export const printScope = ({ namespace, repository, reference }: Scope): string => {
  const name = repository === '' ? namespace : `${namespace}/${repository}`;
  if (reference === '') return name || '*';
  return `${name}${reference.includes(':') ? '@' : ':'}${reference}`;
};

/** The scope itself and those around it, the widest first. */
export const scopesAround = (scope: Scope): Scope[] => {
  const around = [
    ACCOUNT,
    { ...ACCOUNT, namespace: scope.namespace },
    { ...scope, reference: '' },
    scope,
  ].map((each) => [printScope(each), each] as const);
  return [...new Map(around).values()];
};
