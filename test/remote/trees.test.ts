/**
 * The same rules on PostgreSQL and S3. Here are those trees that ask most of a database or of a bucket in the least time;
 * trees.long.ts runs all of them.
 */
import { filesOf, runTrees } from './run-trees.ts';

const TREES = [
  'spec/v2/*.test.ts',
  'lifecycle/{collection,verify}.test.ts',
  'identity/{api-keys,registry-tokens,revocation}.test.ts',
  'access/policies.test.ts',
  'audit/{log,seals}.test.ts',
  'registry/{protection,listings,small-blobs}.test.ts',
  'backup/hold.test.ts',
];

runTrees('on PostgreSQL and S3', filesOf(TREES));
