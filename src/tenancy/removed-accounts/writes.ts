import { type AccountPiece, onAccountCleared } from '../../identity/tx.ts';
import { REMOVED } from '../namespaces/rows.ts';
import { takeNamespace } from '../namespaces/writes.ts';
import { deleteCounters } from '../usage/rows.ts';
import * as rows from './rows.ts';

onAccountCleared.add(async (tx, piece) => {
  const { accountId, budget } = piece;
  if (budget.rows <= 0) return;
  const namespace = await rows.namespaceOfAccount(tx.db, accountId, REMOVED);
  // one at a time: taking it away clears a piece of it; what is left goes afterwards, and the account waits for that
  if (namespace && namespace.region_id !== REMOVED) await takeNamespace(tx, namespace, piece);
  if (namespace) return wait(piece, namespace.region_id === REMOVED);
  for (const some of [rows.deleteExemptionsOfAccount, rows.deleteResourceGroupsOfAccount])
    if (budget.rows > 0) budget.rows -= await some(tx, accountId, budget.rows);
  if (budget.rows <= 0) return;
  await rows.deleteQuotasOfAccount(tx, accountId);
  await deleteCounters(tx, { kind: 'account', id: accountId });
});

const wait = (piece: AccountPiece, forOthers: boolean): void => {
  piece.budget.rows = 0;
  piece.budget.waits = forOthers;
};
