/** Every tree that talks to a registry of its own, on PostgreSQL and S3. */
import { filesOf, runTrees } from './run-trees.ts';

const TREES = [
  'spec/v2',
  'spec/token',
  'spec',
  'identity',
  'access',
  'lifecycle',
  'cli',
  'operate',
  'matrix',
];

runTrees('all on PostgreSQL and S3', filesOf(TREES.map((tree) => `${tree}/*.test.ts`)));
