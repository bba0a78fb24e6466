import assert from 'node:assert/strict';
import { after, suite } from 'node:test';
import type { Database } from '../../src/database/database.ts';
import { accessManagementQueries } from './access-management-queries.contract.ts';
import { accessQueries } from './access-queries.contract.ts';
import { accountOptionsQueries } from './account-options-queries.contract.ts';
import { accountQueries } from './account-queries.contract.ts';
import { auditQueries } from './audit-queries.contract.ts';
import { backupQueries } from './backup-queries.contract.ts';
import { browserLoginQueries } from './browser-login-queries.contract.ts';
import { collectionQueries } from './collection-queries.contract.ts';
import { contentQueries } from './content-queries.contract.ts';
import { copyQueries } from './copy-queries.contract.ts';
import { runQuery } from './database-writes.ts';
import { federationQueries } from './federation-queries.contract.ts';
import { iamQueries } from './iam-queries.contract.ts';
import { identityQueries } from './identity-queries.contract.ts';
import { listingQueries } from './listing-queries.contract.ts';
import { peopleQueries } from './people-queries.contract.ts';
import { protectionQueries } from './protection-queries.contract.ts';
import { nameOfQuery, type QueryTester, queryNames } from './queries.ts';
import { quotaQueries } from './quota-queries.contract.ts';
import { reachQueries } from './reach-queries.contract.ts';
import { removalQueries } from './removal-queries.contract.ts';
import { restoreQueries } from './restore-queries.contract.ts';
import { retentionQueries } from './retention-queries.contract.ts';
import { signInAttemptQueries } from './sign-in-attempt-queries.contract.ts';
import { signInQueries } from './sign-in-queries.contract.ts';
import { trashQueries } from './trash-queries.contract.ts';
import { uploadQueries } from './upload-queries.contract.ts';
import { usageQueries } from './usage-queries.contract.ts';
import { warningQueries } from './warning-queries.contract.ts';
import { webhookQueries } from './webhook-queries.contract.ts';

/**
 * Queries that are tried on both engines by tests of what uses them, and not here one by one: the journal by
 * test/backup/journal.contract.ts, positions by position-steps and position-remote, seals and export by test/audit and
 * test/remote/audit.test.ts, lists by right and the trash by the trees on PostgreSQL (test/remote/trees.test.ts).
 */
const ELSEWHERE =
  /^(backup\/journal|lifecycle\/(position|scrub)|audit\/(seals|export))\/|^(audit\/events\/(deleteNumbered|findHistory)|lifecycle\/retention\/restoredImages|registry\/images\/manifestsTagged|registry\/repositories\/repositoriesNamed|registry\/trash\/someTrashedTags|database\/table-copy\/forgetJournal)$/;

/** Every query function of the rooms, on both engines. */
export const queriesContract = (current: () => Database): void => {
  suite('queries', () => {
    const tried = new Set<string>();
    const tester: QueryTester = {
      current,
      async read(query, ...args) {
        tried.add(nameOfQuery(query));
        // SQLite's rows have no prototype
        return structuredClone(await query(current().db, ...args));
      },
      write(query, ...args) {
        tried.add(nameOfQuery(query));
        return current().write(runQuery, { query: nameOfQuery(query), args }) as never;
      },
    };
    identityQueries(tester);
    iamQueries(tester);
    federationQueries(tester);
    signInQueries(tester);
    peopleQueries(tester);
    browserLoginQueries(tester);
    signInAttemptQueries(tester);
    accessQueries(tester);
    accessManagementQueries(tester);
    contentQueries(tester);
    uploadQueries(tester);
    copyQueries(tester);
    collectionQueries(tester);
    quotaQueries(tester);
    accountOptionsQueries(tester);
    auditQueries(tester);
    removalQueries(tester);
    accountQueries(tester);
    warningQueries(tester);
    webhookQueries(tester);
    trashQueries(tester);
    usageQueries(tester);
    listingQueries(tester);
    protectionQueries(tester);
    reachQueries(tester);
    retentionQueries(tester);
    restoreQueries(tester);
    backupQueries(tester);

    after(() => {
      const untried = queryNames().filter((name) => !tried.has(name) && !ELSEWHERE.test(name));
      assert.deepEqual(untried, [], 'try every query of every rows.ts in the *-queries.contract.ts');
    });
  });
};
