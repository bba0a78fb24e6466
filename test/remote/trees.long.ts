/**
 * Every tree that starts registries, on PostgreSQL and S3. Not test/seeds: its server lives in a network of its own, from
 * where the loopback these engines listen on is not reached.
 */
import { filesOf, runTrees } from './run-trees.ts';

const TREES = [
  '{spec,spec/v2,spec/token,identity,access,lifecycle,matrix,cli,operate,crash,incidents,security}/*.test.ts',
  'audit/retention.test.ts',
  'backup/take.test.ts',
  'tenancy/{account-options,exemptions,exemption-limit,vulnerabilities,ibm-account-sdk}.test.ts',
  'faults/clients.test.ts',
  'clients/{crane,oras,podman,skopeo}.test.ts',
];

runTrees('all on PostgreSQL and S3', filesOf(TREES));
