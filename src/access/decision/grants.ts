import { type Action, type Resource, rowOfAction } from '../actions/actions.ts';
import { type Attribute, isImplied, isNarrowing, matches } from './attributes.ts';
import type { Steps } from './steps.ts';
import type { During } from './time-conditions.ts';

/** What a policy gives: actions on every resource that has all these attributes, while the condition holds. */
export interface Grant {
  readonly actions: ReadonlySet<Action>;
  readonly attributes: readonly Attribute[];
  /** Undefined: always. */
  readonly during?: During;
  /** For people: "Manager, as the account's owner", "policy 4f…". */
  readonly source: string;
}

/** Repositories (or tags) whose names start so, or the one that has this name exactly. */
export interface NamePart {
  readonly start: string;
  readonly exact: boolean;
}

/** A resource that is a namespace, or a part of one. */
export type NamespaceResource = Resource & { readonly namespace: string };

/** The grants of one principal, laid out so that a decision looks only at those that could match. */
export interface GrantIndex {
  /** The characters of all patterns: how long a decision may take. */
  readonly patterns: number;
  /** A grant that allows it. Grants without patterns are looked at first, so that no pattern can use up their steps. */
  find(action: Action, resource: Resource, now: number, steps: Steps): Grant | undefined;
  /** The same among grants without patterns, and among the others. */
  findPlain(action: Action, resource: Resource, now: number, steps: Steps): Grant | undefined;
  findPatterned(action: Action, resource: Resource, now: number, steps: Steps): Grant | undefined;
  /** Where in a namespace that is not allowed as a whole a grant may allow it. Each repository is still to be decided on. */
  partsOf(action: Action, namespace: NamespaceResource, now: number, steps: Steps): NamePart[];
  /** Whether a grant names a tag. */
  readonly namesTags: boolean;
  /**
   * Which tags of a repository a grant that names tags may allow it on, where it is not allowed on the repository. Each tag is
   * still to be decided on. Empty: on none.
   */
  tagPartsOf(action: Action, repository: Resource, now: number, steps: Steps): NamePart[];
  /**
   * Looks for a grant of the action that reaches everything these attributes could ever match, at any time. Stops after each
   * comparison that may have taken long, so that the asker can give others their turn.
   */
  covering(
    action: Action,
    scope: readonly Attribute[],
    steps: Steps,
  ): Generator<undefined, Grant | undefined>;
  /** Whether a grant may allow this on something of an account now; an account-wide action on the account. */
  isOnAnything(action: Action, accountId: string, now: number, steps: Steps): boolean;
}

/** Indexes grants by the namespace or entity they name, and by the repository. */
export const indexGrants = (grants: readonly Grant[]): GrantIndex =>
  grants.length === 0 ? NOTHING : new Index(grants);

/** Several indexes as one: what any of them grants. */
export const anyOf = (indexes: readonly GrantIndex[]): GrantIndex => {
  const holding = indexes.filter((index) => index !== NOTHING);
  return holding.length > 1 ? new Union(holding) : (holding[0] ?? NOTHING);
};

/** Holds nothing. */
export const NOTHING: GrantIndex = {
  patterns: 0,
  namesTags: false,
  tagPartsOf: () => [],
  find: () => undefined,
  findPlain: () => undefined,
  findPatterned: () => undefined,
  partsOf: () => [],
  *covering() {
    yield;
    return undefined;
  },
  isOnAnything: () => false,
};

class Union implements GrantIndex {
  readonly patterns: number;
  readonly namesTags: boolean;
  readonly #parts: readonly GrantIndex[];

  constructor(parts: readonly GrantIndex[]) {
    this.#parts = parts;
    this.patterns = parts.reduce((sum, { patterns }) => sum + patterns, 0);
    this.namesTags = parts.some(({ namesTags }) => namesTags);
  }

  find(action: Action, resource: Resource, now: number, steps: Steps): Grant | undefined {
    return this.findPlain(action, resource, now, steps) ?? this.findPatterned(action, resource, now, steps);
  }

  findPlain(action: Action, resource: Resource, now: number, steps: Steps): Grant | undefined {
    for (const part of this.#parts) {
      const grant = part.findPlain(action, resource, now, steps);
      if (grant) return grant;
    }
    return undefined;
  }

  findPatterned(action: Action, resource: Resource, now: number, steps: Steps): Grant | undefined {
    for (const part of this.#parts) {
      const grant = part.findPatterned(action, resource, now, steps);
      if (grant) return grant;
    }
    return undefined;
  }

  partsOf(action: Action, namespace: NamespaceResource, now: number, steps: Steps): NamePart[] {
    return this.#parts.flatMap((part) => part.partsOf(action, namespace, now, steps));
  }

  tagPartsOf(action: Action, repository: Resource, now: number, steps: Steps): NamePart[] {
    return this.#parts.flatMap((part) => part.tagPartsOf(action, repository, now, steps));
  }

  *covering(
    action: Action,
    scope: readonly Attribute[],
    steps: Steps,
  ): Generator<undefined, Grant | undefined> {
    for (const part of this.#parts) {
      const grant = yield* part.covering(action, scope, steps);
      if (grant) return grant;
    }
    return undefined;
  }

  isOnAnything(action: Action, accountId: string, now: number, steps: Steps): boolean {
    return this.#parts.some((part) => part.isOnAnything(action, accountId, now, steps));
  }
}

/** A grant as it is filed: attributes that are cheap to compare come first, and cheap grants before costly ones. */
interface Filed extends Grant {
  /** It names less than an account (or its part in one region). */
  readonly narrow: boolean;
}

/** The grants that name one namespace or entity, or none. */
interface Shelf {
  readonly plain: Filed[];
  readonly patterned: Filed[];
  /** Those on one repository, by its name. */
  readonly byRepository: Map<string, Filed[]>;
  /** Those on repositories of a pattern. */
  readonly onRepositories: Filed[];
}

const EMPTY: Shelf = { plain: [], patterned: [], byRepository: new Map(), onRepositories: [] };

class Index implements GrantIndex {
  readonly patterns: number;
  readonly namesTags: boolean;
  readonly #byName = new Map<string, Shelf>();
  readonly #anywhere = newShelf();

  constructor(grants: readonly Grant[]) {
    const filed = grants
      // whose resource it is must always be said
      .filter(({ attributes }) => attributes.some(bindsAccount))
      .map((grant) => {
        const attributes = grant.attributes.toSorted((a, b) => costOf(a) - costOf(b));
        const cost = attributes.reduce((sum, attribute) => sum + costOf(attribute), 0);
        return { grant: { ...grant, attributes, narrow: attributes.some(isNarrowing) }, cost };
      });
    for (const { grant } of filed.toSorted((a, b) => a.cost - b.cost)) this.#file(grant);
    this.patterns = filed.reduce((sum, { cost }) => sum + cost, 0);
    this.namesTags = filed.some(({ grant }) => grant.attributes.some(namesTag));
  }

  find(action: Action, resource: Resource, now: number, steps: Steps): Grant | undefined {
    return this.findPlain(action, resource, now, steps) ?? this.findPatterned(action, resource, now, steps);
  }

  findPlain(action: Action, resource: Resource, now: number, steps: Steps): Grant | undefined {
    const allows = this.#test(action, resource, now, steps);
    const named = this.#named(resource);
    const found = named.plain.find(allows) ?? this.#anywhere.plain.find(allows);
    if (found || resource.repository === undefined) return found;
    return named.byRepository.get(resource.repository)?.find(allows);
  }

  findPatterned(action: Action, resource: Resource, now: number, steps: Steps): Grant | undefined {
    const allows = this.#test(action, resource, now, steps);
    const named = this.#named(resource);
    const found = named.patterned.find(allows) ?? this.#anywhere.patterned.find(allows);
    if (found || resource.repository === undefined) return found;
    return named.onRepositories.find(allows) ?? this.#anywhere.onRepositories.find(allows);
  }

  partsOf(action: Action, namespace: NamespaceResource, now: number, steps: Steps): NamePart[] {
    const allows = this.#test(
      action,
      namespace,
      now,
      steps,
      ({ key }) => key !== 'repository' && key !== 'tag',
    );
    const named = this.#named(namespace);
    const whole = `${namespace.namespace}/`;
    const those = [...named.byRepository.values()].flat();
    for (const shelf of [named, this.#anywhere]) those.push(...shelf.onRepositories);
    // what names no repository and does not allow the whole namespace can allow it only on tags
    if (this.namesTags)
      for (const { plain, patterned } of [named, this.#anywhere])
        those.push(...[...plain, ...patterned].filter(({ attributes }) => attributes.some(namesTag)));
    const parts = those.filter(allows).map(({ attributes }) => partOf(attributes, 'repository', whole));
    // what was not looked at might be anywhere
    return steps.exhausted ? [{ start: whole, exact: false }] : parts;
  }

  tagPartsOf(action: Action, repository: Resource, now: number, steps: Steps): NamePart[] {
    if (!this.namesTags) return [];
    const allows = this.#test(action, repository, now, steps, ({ key }) => key !== 'tag');
    const named = this.#named(repository);
    const those = [
      ...[named, this.#anywhere].flatMap((shelf) => [shelf.plain, shelf.patterned, shelf.onRepositories]),
      named.byRepository.get(repository.repository ?? '') ?? [],
    ];
    return those
      .flatMap((shelf) => shelf.filter(({ attributes }) => attributes.some(namesTag)))
      .filter(allows)
      .map(({ attributes }) => partOf(attributes, 'tag', ''));
  }

  *covering(
    action: Action,
    scope: readonly Attribute[],
    steps: Steps,
  ): Generator<undefined, Grant | undefined> {
    for (const grant of this.#about(scope)) {
      if (!steps.take(1)) return undefined;
      if (!grant.actions.has(action) || grant.during !== undefined) continue;
      if (yield* isCovered(grant.attributes, scope, steps)) return grant;
      yield;
    }
    return undefined;
  }

  isOnAnything(action: Action, accountId: string, now: number, steps: Steps): boolean {
    // a right to hand on rights is one over the services that it names
    const matters = isGoverning(action) ? WHOSE : WHOSE_AND_WHICH;
    const allows = this.#test(action, { accountId }, now, steps, ({ key }) => matters.has(key));
    return [this.#anywhere, ...this.#byName.values()].some(
      ({ plain, patterned, onRepositories, byRepository }) =>
        [plain, patterned, onRepositories, ...byRepository.values()].some((filed) => filed.some(allows)),
    );
  }

  /** The grants that could reach all of a scope. */
  *#about(scope: readonly Attribute[]): Generator<Filed> {
    const names = new Set(scope.flatMap((attribute) => nameIn(attribute) ?? []));
    for (const shelf of [this.#anywhere, ...[...names].map((name) => this.#byName.get(name) ?? EMPTY)]) {
      yield* shelf.plain;
      yield* shelf.patterned;
      yield* shelf.onRepositories;
      for (const grants of shelf.byRepository.values()) yield* grants;
    }
  }

  /** Whether a grant allows this now, by those of its attributes that are to be looked at. */
  #test(
    action: Action,
    resource: Resource,
    now: number,
    steps: Steps,
    matters: (attribute: Attribute) => boolean = () => true,
  ): (grant: Filed) => boolean {
    // an account-wide action is never granted by less than an account-wide grant
    const accountWide = rowOfAction(action)?.on === 'account';
    return ({ actions, attributes, during, narrow }) =>
      steps.take(1) &&
      actions.has(action) &&
      !(accountWide && narrow) &&
      attributes.every((each) => !matters(each) || matches(each, resource, action, steps)) &&
      (during === undefined || (steps.take(during.comparisons ?? 1) && during(now)));
  }

  #named({ namespace, entity, repository }: Resource): Shelf {
    const name = namespace ?? entity?.id ?? (repository === undefined ? undefined : namespaceIn(repository));
    return (name === undefined ? undefined : this.#byName.get(name)) ?? EMPTY;
  }

  #file(grant: Filed): void {
    const shelf = this.#shelf(nameOf(grant.attributes));
    const repository = grant.attributes.find(({ key }) => key === 'repository');
    const patterned = grant.attributes.some(({ operator }) => operator === 'stringMatch');
    if (repository?.operator === 'stringEquals' && !patterned) {
      const those = shelf.byRepository.get(repository.value) ?? [];
      shelf.byRepository.set(repository.value, those);
      those.push(grant);
    } else if (repository) shelf.onRepositories.push(grant);
    else if (patterned) shelf.patterned.push(grant);
    else shelf.plain.push(grant);
  }

  #shelf(name: string | undefined): Shelf {
    if (name === undefined) return this.#anywhere;
    const shelf = this.#byName.get(name) ?? newShelf();
    this.#byName.set(name, shelf);
    return shelf;
  }
}

const WHOSE: ReadonlySet<string> = new Set(['accountId']);
const WHOSE_AND_WHICH: ReadonlySet<string> = new Set(['accountId', 'serviceName', 'serviceType']);
const isGoverning = (action: Action): boolean => action.startsWith('iam-access-management.policy.');

/** Whether everything a scope could match has all these attributes. */
function* isCovered(
  attributes: readonly Attribute[],
  scope: readonly Attribute[],
  steps: Steps,
): Generator<undefined, boolean> {
  for (const attribute of attributes) {
    let implied = false;
    for (const part of scope) {
      implied = isImplied(attribute, part, steps);
      if (implied) break;
      if (attribute.operator === 'stringMatch') yield;
    }
    if (!implied) return false;
  }
  return true;
}

const newShelf = (): Shelf => ({ plain: [], patterned: [], byRepository: new Map(), onRepositories: [] });

/** The one namespace or entity that a grant can be about; undefined where it names none exactly. */
const nameOf = (attributes: readonly Attribute[]): string | undefined => {
  const named = attributes.find(({ key, operator }) => key === 'resource' && operator === 'stringEquals');
  return named?.value ?? attributes.map(nameIn).find((name) => name !== undefined);
};

/** The namespace or entity an attribute names: by itself, or as the first part of a repository or of a pattern of them. */
const nameIn = ({ key, operator, value }: Attribute): string | undefined => {
  if (key === 'resource' && operator === 'stringEquals') return value;
  if (key !== 'repository' || operator === 'stringExists') return undefined;
  if (operator === 'stringEquals') return namespaceIn(value);
  const name = namespaceIn(value);
  return name.length < value.length && !/[*?]/.test(name) ? name : undefined;
};

/** Where names are that have all of these attributes that have the key, among those that start with `whole`. */
const partOf = (attributes: readonly Attribute[], of: 'repository' | 'tag', whole: string): NamePart =>
  attributes
    .filter(({ key, operator }) => key === of && operator !== 'stringExists')
    .map(({ operator, value }) =>
      operator === 'stringEquals'
        ? { start: value, exact: true }
        : { start: /^[^*?]*/.exec(value)?.[0] ?? '', exact: false },
    )
    .filter(({ start }) => start.startsWith(whole))
    .reduce((narrowest, part) => (isNarrower(part, narrowest) ? part : narrowest), {
      start: whole,
      exact: false,
    });

const namesTag = ({ key }: Attribute): boolean => key === 'tag';

const isNarrower = (part: NamePart, than: NamePart): boolean =>
  part.exact ? !than.exact : !than.exact && part.start.length > than.start.length;

/** A repository's namespace: what stands before its first slash. */
const namespaceIn = (repository: string): string => {
  const slash = repository.indexOf('/');
  return slash < 0 ? repository : repository.slice(0, slash);
};

const bindsAccount = ({ key, operator }: Attribute): boolean =>
  key === 'accountId' && operator === 'stringEquals';

/** Exact texts are compared first, then patterns, the shorter ones before the longer ones. */
const costOf = ({ operator, value }: Attribute): number => (operator === 'stringMatch' ? value.length : 0);
