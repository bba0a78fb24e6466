import type { Db } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import { findHold, holdOfAccount, holdsOfNamespace } from './rows.ts';

/** Refuses to delete an image that is held: IMAGE_HELD tells the reason. */
export const refuseHold = async (db: Db, repositoryId: string, digest: string): Promise<void> => {
  const hold = await findHold(db, repositoryId, digest);
  if (!hold) return;
  throw new RegistryError('IMAGE_HELD', {
    message: `The image is held: ${hold.reason}. Take the hold off first (cr hold-rm); it is on ${digest}.`,
    detail: { reason: hold.reason },
  });
};

/** Refuses to remove a namespace in which an image is held. The names of its repositories may be taken away by then. */
export const refuseHoldsIn = async (db: Db, namespaceId: string): Promise<void> => {
  const after = { repository_id: '', digest: '' };
  const [hold] = await holdsOfNamespace(db, { namespaceId, after, limit: 1 });
  if (!hold) return;
  throw new RegistryError('IMAGE_HELD', {
    message: `An image in the namespace is held: ${hold.reason}. Take the holds off first (cr hold-list, cr hold-rm); this one is on ${hold.digest}.`,
    detail: { reason: hold.reason },
  });
};

/** Refuses to remove an account in which an image is held. */
export const refuseHoldsOf = async (db: Db, accountId: string): Promise<void> => {
  const hold = await holdOfAccount(db, accountId);
  if (!hold) return;
  throw new RegistryError('IMAGE_HELD', {
    message: `the image ${hold.digest} in the namespace ${hold.namespace} is held: ${hold.reason}; resume the account, and take the holds off first (cr hold-list, cr hold-rm)`,
    detail: { reason: hold.reason },
  });
};
