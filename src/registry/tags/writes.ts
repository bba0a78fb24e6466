import { defineWrite, type Tx } from '../../database/database.ts';
import { Accounts } from '../accounting/accounts.ts';
import { type Guard, refuseUnmet } from '../manifests/guard.ts';
import { refuseProtected } from '../protection/refuse-protected.ts';
import { type ContentChange, recordContent } from '../record.ts';
import * as tags from './rows.ts';

export interface TagRemoval {
  readonly repositoryId: string;
  readonly name: string;
  readonly guard: Guard | undefined;
  readonly by: ContentChange;
}

/** False when there was no such tag; TAG_PROTECTED where a rule keeps it. */
export const deleteTag = defineWrite(
  'registry.tag.delete',
  async (tx: Tx, { repositoryId, name, guard, by }: TagRemoval): Promise<boolean> => {
    await refuseUnmet(tx.db, repositoryId, guard);
    if (!(await tags.findTag(tx.db, repositoryId, name))) return false;
    await refuseProtected(tx.db, repositoryId, [name]);
    const removed = await tags.deleteTag(tx, repositoryId, name);
    if (!removed) return false;
    const accounts = await Accounts.of(tx, repositoryId);
    await accounts?.reconsider([removed.digest]);
    await accounts?.settle();
    await recordContent(tx, by, [{ verb: 'untag', reference: name, digest: removed.digest }]);
    return true;
  },
);
