import type { Db } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import { isMet, type Precondition } from '../../oci/entity-tags.ts';
import type { Reference } from '../../oci/reference.ts';
import { findTag } from '../tags/rows.ts';
import { heldManifests } from './rows.ts';

/** A demand on what a reference stands for when it is written: two clients that change one tag never undo each other. */
export interface Guard {
  readonly precondition: Precondition;
  readonly reference: Reference;
}

export const refuseUnmet = async (db: Db, repositoryId: string, guard: Guard | undefined): Promise<void> => {
  if (guard && !isMet(guard.precondition, await digestAt(db, repositoryId, guard.reference)))
    throw new RegistryError('PRECONDITION_FAILED');
};

const digestAt = async (db: Db, repositoryId: string, reference: Reference): Promise<string | undefined> => {
  if (reference.kind === 'tag') return (await findTag(db, repositoryId, reference.tag))?.digest;
  const { digest } = reference;
  return (await heldManifests(db, repositoryId, [digest])).has(digest) ? digest : undefined;
};
