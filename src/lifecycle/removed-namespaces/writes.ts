import { defineWrite, type Tx } from '../../database/database.ts';
import { repositoriesAfter } from '../../registry/tx.ts';
import {
  deleteCounters,
  deleteRemovedNamespace,
  findRemovedNamespace,
  onNamespaceRemoved,
} from '../../tenancy/tx.ts';
import { uncountContents, uncountRepository } from './counting.ts';
import * as rows from './rows.ts';

/** Rows of one piece: a few milliseconds of SQLite's writer. */
const PIECE = 300;

/**
 * The names of a small namespace's repositories are free with its removal; those of a large one soon afterwards, or
 * when a push wants one. Registry tokens for the namespace alone end with it.
 */
onNamespaceRemoved.add(async (tx, { namespaceId, nameBefore }) => {
  await rows.deleteTokens(tx, namespaceId, PIECE);
  // what a small namespace stored counts no more at once
  let left = PIECE;
  for (const { id } of await repositoriesAfter(tx.db, { namespaceId, after: '', limit: PIECE })) {
    left -= await uncountContents(tx, id, left);
    if (left <= 0) break;
  }
  await rows.freeRepositoryNames(tx, { namespaceId, nameBefore, limit: PIECE });
});

/** Clears a piece of one removed namespace away; false when there is none left. */
export const clearRemovedNamespace = defineWrite(
  'lifecycle.namespace.clear',
  async (tx: Tx, _input: undefined): Promise<boolean> => {
    const namespace = await findRemovedNamespace(tx.db);
    if (!namespace) return false;
    const { id: namespaceId, accountId, nameBefore } = namespace;
    let left = PIECE - (await rows.freeRepositoryNames(tx, { namespaceId, nameBefore, limit: PIECE }));
    while (left > 0) {
      const repositoryId = await rows.firstRepository(tx.db, namespaceId);
      if (repositoryId === undefined) break;
      left -= await clearRepository(tx, { accountId, namespaceId }, repositoryId, left);
    }
    if (left > 0) left -= await rows.deleteUploads(tx, namespaceId, left);
    if (left > 0) left -= await rows.deleteTokens(tx, namespaceId, left);
    if (left > 0) {
      await deleteCounters(tx, { kind: 'namespace', id: namespaceId });
      await deleteRemovedNamespace(tx, namespaceId);
    }
    return true;
  },
  { bulk: true },
);

/** What a repository holds, children before their parents. */
const PIECES = [
  uncountContents,
  rows.deleteTags,
  rows.deleteReferences,
  rows.deleteManifests,
  rows.deleteTrash,
  rows.deleteLinks,
];

/** Deletes up to `limit` rows of a repository, its own as the last one; answers how many. */
const clearRepository = async (
  tx: Tx,
  owner: { readonly accountId: string; readonly namespaceId: string },
  repositoryId: string,
  limit: number,
): Promise<number> => {
  let left = limit;
  for (const piece of PIECES) {
    const count = await piece(tx, repositoryId, left);
    left -= count;
    if (left <= 0) return limit;
  }
  await uncountRepository(tx, owner, repositoryId);
  await rows.deleteRepository(tx, repositoryId);
  return limit - left + 1;
};
