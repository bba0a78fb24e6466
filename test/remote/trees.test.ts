/**
 * The same rules on PostgreSQL and S3. Here are those trees that ask most of a database or of a bucket in the least time;
 * trees.long.ts runs all of them.
 */
import { filesOf, runTrees } from './run-trees.ts';

const TREES = [
  'spec/v2/*.test.ts',
  'lifecycle/{collection,verify}.test.ts',
  'identity/{api-keys,service-ids,users,registry-tokens,revocation}.test.ts',
  'access/{policies,groups}.test.ts',
  'audit/{log,seals,retention}.test.ts',
  'registry/{protection,listings,small-blobs}.test.ts',
  'backup/{hold,take}.test.ts',
];

runTrees('on PostgreSQL and S3', filesOf(TREES));
