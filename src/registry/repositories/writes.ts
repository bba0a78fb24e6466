import { onNamespaceRemoved } from '../../tenancy/tx.ts';
import { repositoriesOfNamespace } from './rows.ts';

onNamespaceRemoved.add(async (tx, { namespaceId, regionId }) => {
  for (const { id, name } of await repositoriesOfNamespace(tx.db, namespaceId)) {
    tx.changed('repository', `${regionId}/${name}`);
    tx.changed('repository', id);
  }
});
