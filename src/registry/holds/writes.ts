import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import { onAccountDeletionAsked } from '../../identity/tx.ts';
import { findNamespaceById, onNamespaceRemoved } from '../../tenancy/tx.ts';
import { heldManifests } from '../manifests/rows.ts';
import type { ContentChange } from '../record.ts';
import { findRepositoryById } from '../repositories/rows.ts';
import { refuseHoldsIn, refuseHoldsOf } from './refuse-held.ts';
import * as holds from './rows.ts';

onNamespaceRemoved.add((tx, { namespaceId }) => refuseHoldsIn(tx.db, namespaceId));

/** An account whose images are held stays: its owner, or the operator who resumes it, takes the holds off first. */
onAccountDeletionAsked.add((tx, { accountId }) => refuseHoldsOf(tx.db, accountId));

export interface HoldChange {
  readonly repositoryId: string;
  readonly digest: string;
  readonly by: ContentChange;
}

/** Holds an image. MANIFEST_UNKNOWN where it is not there, IMAGE_HELD where it is held already. */
export const addHold = defineWrite(
  'registry.hold.add',
  async (tx: Tx, { repositoryId, digest, by, reason }: HoldChange & { reason: string }): Promise<void> => {
    const repository = await findRepositoryById(tx.db, repositoryId);
    // what is left of a removed namespace is cleared away: a hold would be in the way of that
    const namespace = repository && (await findNamespaceById(tx.db, repository.namespaceId));
    const isThere = (await heldManifests(tx.db, repositoryId, [digest])).has(digest);
    if (!repository || !namespace || !isThere)
      throw new RegistryError('MANIFEST_UNKNOWN', { detail: { digest } });
    const row = {
      repository_id: repositoryId,
      digest,
      namespace_id: repository.namespaceId,
      reason,
      created_at: by.at,
      created_by: by.actor.principal,
    };
    if (!(await holds.insertHold(tx, row)))
      throw new RegistryError('IMAGE_HELD', {
        message: `${digest} is held already; take that hold off to give another reason`,
      });
    await recordHold(tx, 'add', digest, by);
  },
);

/** False where the image was not held. */
export const removeHold = defineWrite(
  'registry.hold.remove',
  async (tx: Tx, { repositoryId, digest, by }: HoldChange): Promise<boolean> => {
    if (!(await holds.deleteHold(tx, repositoryId, digest))) return false;
    await recordHold(tx, 'remove', digest, by);
    return true;
  },
);

const recordHold = (tx: Tx, verb: 'add' | 'remove', digest: string, by: ContentChange): Promise<void> =>
  recordEvent(tx, by.actor, {
    accountId: by.accountId,
    at: by.at,
    action: `tidegate.hold.${verb}`,
    target: by.repository,
    targetType: 'image',
    reference: digest,
    digest,
  });
