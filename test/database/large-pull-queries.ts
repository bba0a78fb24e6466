import type { Db } from '../../src/database/database.ts';
import type { Digest } from '../../src/oci/digest.ts';
import type { Tag } from '../../src/oci/reference.ts';
import * as blobs from '../../src/registry/blobs/rows.ts';
import * as manifests from '../../src/registry/manifests/rows.ts';

const PLACE = { regionId: 'r', namespaceId: 'n', name: 'x' };

/** What every pull asks. */
export const PULL_QUERIES: Readonly<Record<string, (db: Db) => Promise<unknown>>> = {
  'a blob by the name of its repository': (db) => blobs.findBlobNamed(db, PLACE, 'd'),
  'what a tag stands for': (db) => manifests.findReferenced(db, PLACE, { kind: 'tag', tag: 't' as Tag }),
  'what a digest stands for': (db) =>
    manifests.findReferenced(db, PLACE, { kind: 'digest', digest: 'd' as Digest }),
};
