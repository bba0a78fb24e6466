import { onNamespaceRemoved } from '../../tenancy/tx.ts';
import { deleteRepositoriesOfNamespace } from './rows.ts';

onNamespaceRemoved.add((tx, { namespaceId }) => deleteRepositoriesOfNamespace(tx, namespaceId));
