declare const repositoryNameBrand: unique symbol;

/** `namespace/path/...`, checked, at most 255 characters. Source: distribution-spec, "Pulling manifests". */
export type RepositoryName = string & { readonly [repositoryNameBrand]: true };

const COMPONENT = '[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*';
const NAME = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const NAMESPACE = new RegExp(`^(?=[a-z0-9_-]{4,30}$)${COMPONENT}$`);

/** Clients refuse a longer host and name together, so a longer name could not be pushed. */
const NAME_LIMIT = 255;

/** First segments below /v2/ that are IBM's IAM, access group, user and resource APIs. */
export const IBM_PATHS: ReadonlySet<string> = new Set([
  'policies',
  'roles',
  'groups',
  'accounts',
  'resource_groups',
  'quota_definitions',
]);

/**
 * First segments below /v2/ that belong to those, or to the registry itself. A namespace of that name would be hidden
 * behind them. (Words beginning with '_' are no names anyway; they are listed because this is the list of everything
 * that is taken.)
 */
export const RESERVED_NAMESPACES: ReadonlySet<string> = new Set([
  ...IBM_PATHS,
  'resource_instances',
  'resource_keys',
  'resource_bindings',
  'resource_aliases',
  'token',
  '_catalog',
]);

/** The name, or undefined. `text` is percent-decoded already; nothing is normalised here. */
export const parseRepositoryName = (text: string): RepositoryName | undefined =>
  text.length <= NAME_LIMIT && NAME.test(text) ? (text as RepositoryName) : undefined;

/** The first component: the namespace, which belongs to an account. */
export const namespaceOf = (name: RepositoryName): string => {
  const slash = name.indexOf('/');
  return slash === -1 ? name : name.slice(0, slash);
};

/** IBM's rule for namespaces, narrowed to what can also be the first component of a repository name. */
export const isNamespaceName = (text: string): boolean =>
  NAMESPACE.test(text) && !RESERVED_NAMESPACES.has(text);
