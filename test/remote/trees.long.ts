/**
 * Every tree that starts registries, on PostgreSQL and S3. Not test/seeds and test/clients: their servers live in a network
 * of their own, from where the loopback of these engines is not reached.
 */
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
