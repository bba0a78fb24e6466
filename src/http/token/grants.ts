import type { Access } from '../../access/room.ts';
import type { AskedScope, Bearers, Credential } from '../../identity/room.ts';
import { namespaceOf, parseRepositoryName, type RepositoryName } from '../../oci/repository-name.ts';
import { parseScopes, printScope, type Scope, type ScopeAction } from '../../oci/scope.ts';
import type { Namespace, Namespaces, Region } from '../../tenancy/room.ts';
import { resourceOf } from '../resource.ts';

export interface GrantParts {
  readonly access: Access;
  readonly bearers: Bearers;
  readonly namespaces: Namespaces;
}

/** A token answer; `token` and `access_token` are the same, since clients read one or the other. */
export interface TokenAnswer {
  readonly token: string;
  readonly access_token: string;
  readonly expires_in: number;
  readonly issued_at: string;
  readonly scope: string;
}

const RIGHTS = [
  ['pull', 'container-registry.image.pull'],
  ['push', 'container-registry.image.push'],
  ['delete', 'container-registry.image.delete'],
] as const;

/** Scopes asked → a bearer that holds what was asked as its cap, and the subset granted now as information. */
export class Grants {
  readonly #parts: GrantParts;

  constructor(parts: GrantParts) {
    this.#parts = parts;
  }

  async answer(credential: Credential, region: Region, scopeTexts: readonly string[]): Promise<TokenAnswer> {
    const scopes = parseScopes(scopeTexts);
    const asked: AskedScope[] = [];
    const granted: string[] = [];
    for (const scope of scopes.filter(({ type }) => type === 'repository')) {
      const name = parseRepositoryName(scope.name);
      if (!name) continue;
      const namespace = await this.#parts.namespaces.find(region.id, namespaceOf(name));
      asked.push({ name, actions: [...scope.actions], namespaceId: namespace?.id ?? '' });
      const actions = namespace
        ? await this.#grantedNow(credential, region, namespace, name, scope)
        : new Set<ScopeAction>();
      if (actions.size > 0) granted.push(printScope({ ...scope, actions }));
    }
    // anonymous callers never get the catalog, even where single repositories are public
    const catalog =
      credential.principal.kind !== 'anonymous' && scopes.some(({ type }) => type === 'registry');
    if (catalog) granted.push('registry:catalog:*');
    const { token, issuedAt, expiresIn } = await this.#parts.bearers.mint(
      credential,
      region.id,
      asked,
      catalog,
    );
    return {
      token,
      access_token: token,
      expires_in: expiresIn,
      issued_at: new Date(issuedAt * 1000).toISOString(),
      scope: granted.join(' '),
    };
  }

  async #grantedNow(
    { principal }: Credential,
    region: Region,
    namespace: Namespace,
    name: RepositoryName,
    { actions }: Scope,
  ): Promise<Set<ScopeAction>> {
    const resource = resourceOf(region, namespace, name);
    const granted = new Set<ScopeAction>();
    for (const [word, action] of RIGHTS) {
      if (!actions.has(word) && !actions.has('*')) continue;
      const { access } = this.#parts;
      const allowed = (await access.decide(principal, action, resource)).allowed;
      // on some tags is enough to ask: each request is decided by its tag
      if (allowed || (await access.tagPartsOf(principal, action, resource)).length > 0) granted.add(word);
    }
    return granted;
  }
}
