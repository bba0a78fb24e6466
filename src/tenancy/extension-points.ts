import { ExtensionPoint } from '../database/database.ts';

/** A namespace goes: what is in it goes with it. Runs before the namespace's row is removed. */
export const onNamespaceRemoved = new ExtensionPoint<{
  readonly namespaceId: string;
  readonly regionId: string;
}>();
