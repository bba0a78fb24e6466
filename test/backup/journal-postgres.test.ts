import './journal-writes.ts';
import { PostgresDatabase } from '../../src/database/postgres.ts';
import { newDatabase, serverForTests, skip } from '../database/postgres-server.ts';
import { journalContract } from './journal.contract.ts';
import { coverageContract } from './journal-coverage.contract.ts';
import type { NewDatabase } from './journal-world.ts';

const server = serverForTests();

const ofServer: NewDatabase = async () => {
  const url = await newDatabase(server());
  return () => PostgresDatabase.open(url);
};

journalContract('PostgreSQL', ofServer, { skip });
coverageContract('PostgreSQL', ofServer, { skip });
