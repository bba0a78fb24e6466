import { entityIdOf, type Identity } from '../identity/room.ts';

type NamesPart = Pick<Identity, 'users' | 'serviceIds' | 'profiles'>;

/** Identities whose names one answer remembers: of an account with more, names are read again. */
const REMEMBERED = 1000;

/**
 * What the identities of an account are called, for lists that say who did something. Names of identities of other accounts,
 * and of those that are gone, are not told.
 */
export class IdentityNames {
  readonly #parts: NamesPart;
  readonly #accountId: string;
  readonly #names = new Map<string, string | undefined>();

  constructor(parts: NamesPart, accountId: string) {
    this.#parts = parts;
    this.#accountId = accountId;
  }

  /** Reads the names of these, written as in the audit log: `<kind>:<account>/<id>`. */
  async learn(written: Iterable<string>): Promise<void> {
    const asked = new Set(written);
    if (this.#names.size + asked.size > REMEMBERED) this.#names.clear();
    for (const each of asked) if (!this.#names.has(each)) this.#names.set(each, await this.#find(each));
  }

  /** A name that was learnt. */
  of(written: string): string | undefined {
    return this.#names.get(written);
  }

  async #find(written: string): Promise<string | undefined> {
    const [, kind, accountId, iamId = ''] = /^([a-z-]+):([^/]+)\/(.+)$/.exec(written) ?? [];
    if (accountId !== this.#accountId) return undefined;
    const { users, serviceIds, profiles } = this.#parts;
    if (kind === 'user') return (await users.find(accountId, iamId))?.userName;
    const id = entityIdOf(iamId);
    const entity =
      kind === 'service-id'
        ? await serviceIds.find(id)
        : kind === 'profile'
          ? await profiles.find(id)
          : undefined;
    return entity?.accountId === accountId ? entity.name : undefined;
  }
}
