import './journal-writes.ts';
import { PostgresDatabase } from '../../src/database/postgres.ts';
import { newDatabase, serverForTests, skip } from '../database/postgres-server.ts';
import { journalContract } from './journal.contract.ts';

const server = serverForTests();

journalContract(
  'PostgreSQL',
  async () => {
    const url = await newDatabase(server());
    return () => PostgresDatabase.open(url);
  },
  { skip },
);
