import { defineWrite, type Tx } from '../../database/database.ts';
import { type Guard, refuseUnmet } from '../manifests/guard.ts';
import * as tags from './rows.ts';

export const deleteTag = defineWrite(
  'registry.tag.delete',
  async (
    tx: Tx,
    { repositoryId, name, guard }: { repositoryId: string; name: string; guard: Guard | undefined },
  ): Promise<boolean> => {
    await refuseUnmet(tx.db, repositoryId, guard);
    return tags.deleteTag(tx, repositoryId, name);
  },
);
