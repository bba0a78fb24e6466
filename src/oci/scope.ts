export type ScopeAction = 'pull' | 'push' | 'delete' | '*';

/** What a docker client asks a token for. Source: CNCF distribution, token scope documentation. */
export interface Scope {
  readonly type: 'repository' | 'registry';
  /** As asked: not checked to be a repository name of this registry (it may even begin with `host:port/`). */
  readonly name: string;
  /** Never empty. `*` (all that the caller holds there) stands alone. */
  readonly actions: ReadonlySet<ScopeAction>;
}

const ORDER: readonly ScopeAction[] = ['pull', 'push', 'delete', '*'];

/** The class, as in `repository(plugin)`, is deprecated and means nothing here. */
const TYPE = /^(repository|registry)(?:\([a-zA-Z0-9.-]*\))?$/;
/** Wide enough for `[::1]:5000/a/b`, narrow enough to stand in a quoted header parameter. */
const NAME = /^[a-zA-Z0-9._:/[\]-]{1,320}$/;

const SCOPE_LIMIT = 64;

const normalise = (actions: ReadonlySet<string>): Set<ScopeAction> =>
  new Set(actions.has('*') ? ['*'] : ORDER.filter((action) => actions.has(action)));

const isAllowed = ({ type, name, actions }: Scope): boolean =>
  type === 'registry' ? name === 'catalog' && actions.has('*') : actions.size > 0;

/** One `type[(class)]:name:action[,action]`; undefined if nothing in it can be granted. */
const parseScope = (text: string): Scope | undefined => {
  const firstColon = text.indexOf(':');
  const lastColon = text.lastIndexOf(':');
  if (firstColon === lastColon) return undefined;
  const type = TYPE.exec(text.slice(0, firstColon))?.[1] as Scope['type'] | undefined;
  const name = text.slice(firstColon + 1, lastColon);
  if (type === undefined || !NAME.test(name)) return undefined;
  const scope = { type, name, actions: normalise(new Set(text.slice(lastColon + 1).split(','))) };
  return isAllowed(scope) ? scope : undefined;
};

/**
 * The scopes of a token request, in the order asked for. Each value may be a list separated by spaces. Scopes of one
 * name are united (containerd asks for pull and for pull,push in one request); what is malformed or unknown is left out,
 * and so is everything after 64 names.
 */
export const parseScopes = (values: readonly string[]): Scope[] => {
  const scopes = new Map<string, Scope>();
  for (const text of values.flatMap((value) => value.split(/\s+/))) {
    const scope = parseScope(text);
    if (scope === undefined) continue;
    const key = `${scope.type}:${scope.name}`;
    const known = scopes.get(key);
    if (known !== undefined)
      scopes.set(key, { ...known, actions: normalise(known.actions.union(scope.actions)) });
    else if (scopes.size < SCOPE_LIMIT) scopes.set(key, scope);
  }
  return [...scopes.values()];
};

/** `repository:a/b:pull,push`, as in a challenge and in a token answer. */
export const printScope = ({ type, name, actions }: Scope): string =>
  `${type}:${name}:${[...normalise(actions)].join(',')}`;
