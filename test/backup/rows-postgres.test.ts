import { PostgresDatabase } from '../../src/database/postgres.ts';
import { newDatabase, Session, serverForTests, skip } from '../database/postgres-server.ts';
import { rowsContract } from './rows.contract.ts';

const server = serverForTests();

rowsContract(
  'PostgreSQL',
  async () => {
    const url = await newDatabase(server());
    return {
      place: { engine: 'postgres', url },
      open: () => PostgresDatabase.open(url),
      async isPinned() {
        await using session = await Session.open(url);
        const pins = await session.rows(
          `select from pg_stat_activity where datname = current_database() and application_name = 'tidegate backup'`,
        );
        return pins.length > 0;
      },
    };
  },
  skip,
);
