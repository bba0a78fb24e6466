import { onAccountCleared } from '../identities.ts';
import * as rows from './rows.ts';

const PIECES = [
  rows.deleteMembersOfAccount,
  rows.deletePoliciesOfAccount,
  rows.deleteGroupsOfAccount,
  rows.deleteCustomRolesOfAccount,
];

onAccountCleared.add(async (tx, { accountId, budget }) => {
  for (const piece of PIECES) if (budget.rows > 0) budget.rows -= await piece(tx, accountId, budget.rows);
});
