import { ExtensionPoint } from '../database/database.ts';

/**
 * A namespace was marked as removed. A step does a bounded piece of the clearing here; all the rest of it is done later,
 * a piece at a time.
 */
export const onNamespaceRemoved = new ExtensionPoint<{
  readonly namespaceId: string;
  /** The name it had, which its repositories' names begin with. */
  readonly nameBefore: string;
}>();
