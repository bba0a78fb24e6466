import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { pages } from '../../database/windows.ts';
import { RegistryError } from '../../errors.ts';
import type { Reference } from '../../oci/reference.ts';
import type { Actor } from '../../principal.ts';
import { type ListedNamespace, listedRows } from '../listed.ts';
import type { Manifests } from '../manifests/manifests.ts';
import { bearsOneOf } from '../reach/bearing.ts';
import { changeOf } from '../record.ts';
import type { Repositories } from '../repositories/repositories.ts';
import type { RepositoryTarget } from '../target.ts';
import { refuseUntilUpgraded } from '../upgrade.ts';
import { type Hold, holdOf } from './hold.ts';
import { findHold, holdsOfNamespace, type ListedHold } from './rows.ts';
import { addHold, removeHold } from './writes.ts';

const PAGE = 100;

/** Images that stay: neither a person nor retention can delete them, nor the namespace they are in. */
export class Holds {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #repositories: Repositories;
  readonly #manifests: Manifests;

  constructor(database: Database, clock: Clock, repositories: Repositories, manifests: Manifests) {
    this.#database = database;
    this.#clock = clock;
    this.#repositories = repositories;
    this.#manifests = manifests;
  }

  /** Holds an image; answers its digest. Throws NAME_UNKNOWN, MANIFEST_UNKNOWN, and IMAGE_HELD where it is held. */
  async add(target: RepositoryTarget, reference: Reference, reason: string, actor: Actor): Promise<string> {
    await refuseUntilUpgraded(this.#database, 'images can be held');
    const { repositoryId, digest } = await this.#image(target, reference);
    const by = changeOf(target, actor, this.#clock.now());
    await this.#database.write(addHold, { repositoryId, digest, by, reason });
    return digest;
  }

  /**
   * Takes the hold off an image; answers its digest. Throws NOT_FOUND where it is not held. By digest the manifest need not
   * be there: a hold whose image was lost can be taken off too, and then the namespace can be removed.
   */
  async remove(target: RepositoryTarget, reference: Reference, actor: Actor): Promise<string> {
    const { repositoryId, digest } =
      reference.kind === 'digest'
        ? { repositoryId: await this.#repositoryOf(target), digest: reference.digest }
        : await this.#image(target, reference);
    const by = changeOf(target, actor, this.#clock.now());
    if (await this.#database.write(removeHold, { repositoryId, digest, by })) return digest;
    throw new RegistryError('NOT_FOUND', { message: `${target.name}@${digest} is not held` });
  }

  /** The hold of an image, if there is one. */
  async find(target: RepositoryTarget, digest: string): Promise<Hold | undefined> {
    const repository = await this.#repositories.find(target);
    const row = repository && (await findHold(this.#database.db, repository.id, digest));
    return row && holdOf(row);
  }

  /** The holds of which a list tells. A list that tells of tags only has the holds of what they stand for. */
  async *list(namespaces: readonly ListedNamespace[]): AsyncIterable<Hold & { repository: string }> {
    const { db } = this.#database;
    for (const namespace of namespaces) {
      const found = pages<ListedHold>(PAGE, (last) =>
        holdsOfNamespace(db, {
          namespaceId: namespace.id,
          after: last ?? { repository_id: '', digest: '' },
          limit: PAGE,
        }),
      );
      for await (const page of found)
        for (const [row, tags] of await listedRows(namespace, page)) {
          const { repository, repository_id: repositoryId, digest } = row;
          if (!tags || (await bearsOneOf(db, { repositoryId, digest }, tags)))
            yield { ...holdOf(row), repository };
        }
    }
  }

  async #image(
    target: RepositoryTarget,
    reference: Reference,
  ): Promise<{ repositoryId: string; digest: string }> {
    const { digest } = await this.#manifests.get(target, reference);
    return { repositoryId: await this.#repositoryOf(target), digest };
  }

  async #repositoryOf(target: RepositoryTarget): Promise<string> {
    const repository = await this.#repositories.find(target);
    if (repository) return repository.id;
    throw new RegistryError('NAME_UNKNOWN', { detail: { name: target.name } });
  }
}
