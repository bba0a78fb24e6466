import { randomUUID } from 'node:crypto';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Namespace } from '../tenancy/room.ts';
import type { Place } from './repositories/place.ts';

/**
 * The repository a request is about, as the door resolved it: a name inside a namespace that exists now. The repository
 * itself may not exist yet; it begins with its first blob or manifest.
 */
export interface RepositoryTarget {
  readonly regionId: string;
  readonly namespace: Namespace;
  readonly name: RepositoryName;
}

/** Where a write stores what is pushed to `target`. */
export const placeOf = ({ regionId, namespace, name }: RepositoryTarget, at: number): Place => ({
  regionId,
  namespaceId: namespace.id,
  repository: name,
  newId: randomUUID(),
  at,
});
