import type { Access, Action, NamePart, Resource } from '../access/room.ts';
import { RegistryError } from '../errors.ts';
import type { Principal } from '../principal.ts';
import type { ListedNamespace, ListedRepositories, ListedRepository, Registry } from '../registry/room.ts';
import type { Namespace, Namespaces, Region } from '../tenancy/room.ts';
import type { RequestHead } from './json-app.ts';
import { principalOf, regionOf } from './json-request.ts';
import { apart, namesIn } from './name-parts.ts';
import { resourceOf } from './resource.ts';

/**
 * What of an account a list shows: the namespaces, repositories and tags on which the caller may do something, and nothing
 * else. What a whole request needs is declared by its route (needs.ts).
 */
export interface ListableParts {
  readonly access: Access;
  readonly namespaces: Namespaces;
  readonly repositories: Registry['repositories'];
  readonly reach: Registry['reach'];
}

export interface Listing {
  readonly accountId: string;
  readonly action: Action;
  /** What of a namespace is asked for: all, some repositories, or nothing. Without it all. */
  readonly wanted?: (namespace: string) => 'whole' | readonly string[] | undefined;
}

/** A namespace of which a list shows all, or only these repositories. */
export interface ListableNamespace extends ListedNamespace {
  readonly namespace: Namespace;
}

/** Repositories that are decided on at once. */
const AT_ONCE = 200;
/** What reading them costs a question, and what looking for a tag costs it, in steps of decisions. */
const STEPS_PER_READ = 1000;
const STEPS_PER_LOOK = 2000;

/** The account's namespaces here of which the caller may see something, with what it may see of each. */
export const listable = async (
  request: RequestHead,
  parts: ListableParts,
  { accountId, action, wanted = () => 'whole' }: Listing,
): Promise<ListableNamespace[]> => {
  const region = regionOf(request);
  const principal = principalOf(request);
  const listed: ListableNamespace[] = [];
  for (const namespace of await parts.namespaces.list(accountId, region.id)) {
    const asked = wanted(namespace.name);
    if (asked === undefined) continue;
    const resource = { ...resourceOf(region, namespace), namespace: namespace.name };
    const reach = await parts.access.reachIn(principal, action, resource);
    const names = asked === 'whole' ? undefined : asked;
    if (reach === 'all') {
      listed.push({ id: namespace.id, namespace, repositories: names && named(names) });
    } else if (reach.length > 0) {
      const some = { parts, principal, action, region, namespace, open: reach, names };
      listed.push({ id: namespace.id, namespace, repositories: new OpenRepositories(some) });
    }
  }
  return listed;
};

/** Those of which the caller may see all: for what belongs to a namespace and not to its repositories. */
export const listableWhole = async (
  request: RequestHead,
  parts: ListableParts,
  listing: Omit<Listing, 'wanted'> & { readonly wanted?: (namespace: string) => boolean },
): Promise<Namespace[]> => {
  const { wanted = () => true } = listing;
  const asked = (namespace: string) => (wanted(namespace) ? 'whole' : undefined);
  const found = await listable(request, parts, { ...listing, wanted: asked });
  return found.flatMap(({ namespace, repositories }) => (repositories ? [] : [namespace]));
};

/**
 * Whether there is anything in these repositories that the caller may see. A question looks at some thousand repositories;
 * what was not found by then is not shown.
 */
export const hasListable = async (
  request: RequestHead,
  { access, reach }: ListableParts,
  { namespace, repositories }: ListableNamespace,
): Promise<boolean> => {
  if (!repositories) return true;
  const steps = access.listSteps();
  const regionId = regionOf(request).id;
  for await (const page of repositories.pages()) {
    for (const { name, tags } of page) {
      const target = { regionId, namespace, name: name as RepositoryTarget['name'] };
      if (!tags || (await reach.hasOne(target, tags))) return true;
      if (!steps.take(STEPS_PER_LOOK)) return false;
    }
    if (!steps.take(STEPS_PER_READ)) return false;
  }
  return false;
};

type RepositoryTarget = Parameters<Registry['reach']['hasOne']>[0];

/** Repositories that are named in a request, where the caller may see all of the namespace. */
const named = (names: readonly string[]): ListedRepositories => {
  const all = names.map((name) => ({ name, tags: undefined }));
  return {
    pages: async function* () {
      yield all;
    },
    of: async (some) => all.filter(({ name }) => some.includes(name)),
  };
};

interface Some {
  readonly parts: ListableParts;
  readonly principal: Principal;
  readonly action: Action;
  readonly region: Region;
  readonly namespace: Namespace;
  /** Where they are: policies open nothing outside of these parts. */
  readonly open: readonly NamePart[];
  /** Only of these repositories. */
  readonly names: readonly string[] | undefined;
}

/** Repositories of a namespace that policies open one by one, or by their tags. */
class OpenRepositories implements ListedRepositories {
  readonly #some: Some;

  constructor(some: Some) {
    this.#some = some;
  }

  async *pages(): AsyncIterable<readonly ListedRepository[]> {
    const { names, open, namespace, parts } = this.#some;
    if (names) {
      yield await this.of(names);
      return;
    }
    const behind = (after: string, most: number) => parts.repositories.names([namespace.id], after, most);
    let exact: string[] = [];
    for (const part of apart(open)) {
      if (part.exact) exact.push(part.start);
      if (!part.exact || exact.length === AT_ONCE) {
        yield await this.of(exact);
        exact = [];
      }
      if (!part.exact) for await (const page of namesIn(part, '', AT_ONCE, behind)) yield await this.of(page);
    }
    yield await this.of(exact);
  }

  async of(wanted: readonly string[]): Promise<readonly ListedRepository[]> {
    const { names, parts, namespace } = this.#some;
    const those = names ? wanted.filter((name) => names.includes(name)) : wanted;
    const whole = new Set(await this.#allowed(those, (name) => this.#resource(name)));
    const byTags = await parts.access.namesTags(this.#some.principal, namespace.accountId);
    const found: ListedRepository[] = [];
    for (const name of those) {
      if (whole.has(name)) found.push({ name, tags: undefined });
      else if (byTags) {
        const tags = await this.#tagsOf(name);
        if (tags) found.push({ name, tags });
      }
    }
    return found;
  }

  async #tagsOf(name: string): Promise<ListedRepository['tags']> {
    const { parts, principal, action } = this.#some;
    const repository = this.#resource(name);
    const open = await parts.access.tagPartsOf(principal, action, repository);
    if (open.length === 0) return undefined;
    return {
      parts: open,
      choose: (tags) => this.#allowed(tags, (tag) => ({ ...repository, tag })),
    };
  }

  /** Each page of a list has the steps of one list: a policy whose patterns need more is told so. */
  async #allowed(names: readonly string[], on: (name: string) => Resource): Promise<string[]> {
    if (names.length === 0) return [];
    const { parts, principal, action } = this.#some;
    const steps = parts.access.listSteps();
    const bounds = { resourceOf: on, most: names.length + 1, steps };
    const allowed = await parts.access.allowedOf(principal, action, names, bounds);
    if (!steps.exhausted) return allowed;
    throw new RegistryError('TOOMANYREQUESTS', {
      message:
        'Your policies have too many patterns for a list; name namespaces, repositories or tags exactly in them.',
    });
  }

  #resource(name: string): Resource {
    const { region, namespace } = this.#some;
    return resourceOf(region, namespace, name);
  }
}
