import { onNamespaceRemoved } from '../../tenancy/extension-points.ts';
import { deleteRepositoriesOfNamespace } from './rows.ts';

onNamespaceRemoved.add((tx, { namespaceId }) => deleteRepositoriesOfNamespace(tx, namespaceId));
