import type { Tx } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import { findNamespaceById } from '../../tenancy/tx.ts';
import { insertActivity } from '../activity/rows.ts';
import { findRepository, freeRepositoryName, insertRepository } from './rows.ts';

/** Where a write stores content. The namespace is named by its id: one that was recreated meanwhile is another one. */
export interface Place {
  readonly regionId: string;
  readonly namespaceId: string;
  readonly repository: string;
  /** The id that the repository gets if it begins with this write. */
  readonly newId: string;
  readonly at: number;
}

/** The id of the repository at `place`, which begins with this write if it does not exist yet. */
export const repositoryAt = async (tx: Tx, place: Place): Promise<string> => {
  const known = await findRepository(tx.db, place.regionId, place.repository);
  if (known?.namespaceId === place.namespaceId) return known.id;
  if (!(await findNamespaceById(tx.db, place.namespaceId))) throw new RegistryError('NAME_UNKNOWN');
  // of a removed namespace of the same name, which is not cleared away yet
  if (known) await freeRepositoryName(tx, known);
  await insertRepository(tx, {
    id: place.newId,
    namespace_id: place.namespaceId,
    region_id: place.regionId,
    name: place.repository,
    created_at: place.at,
  });
  await insertActivity(tx, {
    repository_id: place.newId,
    namespace_id: place.namespaceId,
    pushed_at: place.at,
    pulled_at: null,
  });
  return place.newId;
};
