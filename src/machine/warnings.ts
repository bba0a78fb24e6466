import type { Database } from '../database/database.ts';
import type { JobRun } from '../jobs/runner.ts';
import { levelOfEnd, NO_WARNINGS, printLeft, type Warning, type WarningSource } from '../warning.ts';
import { type Disk, readCertificate, readDisk } from './readings.ts';

export interface MachineParts {
  readonly database: Database;
  /** The folder whose disk may fill. */
  readonly folder: string;
  readonly certificate: string | undefined;
  readonly jobs: () => readonly JobRun[];
  /** For tests. */
  readonly readDisk?: (folder: string) => Promise<Disk>;
}

/** Percent free below which a disk is told of; the database's log above its bound; failures of a job in a row. */
const FREE = [5, 15] as const;
const LONGEST_LOG = 256 << 20;
const FAILURES = 3;

/** What of this process and its machine ends, fills or fails. */
export const machineWarnings = (parts: MachineParts): WarningSource[] => [
  source('certificate-ends', async (now) => [await certificateEnds(parts.certificate, now)]),
  source('disk-fills', async (now) => [
    diskFills(parts.folder, await (parts.readDisk ?? readDisk)(parts.folder), now),
  ]),
  source('database-log-grows', async (now) => [await logGrows(parts.database, now)]),
  source('job-fails', async () => parts.jobs().map(jobFails)),
];

const source = (
  kind: WarningSource['kind'],
  find: (now: number) => Promise<(Warning | undefined)[]>,
): WarningSource => ({
  kind,
  of: 'process',
  find: async (now) => ({
    ...NO_WARNINGS,
    warnings: (await find(now)).filter((warning) => warning !== undefined),
  }),
});

const ours = { accountId: undefined } as const;

const certificateEnds = async (path: string | undefined, now: number): Promise<Warning | undefined> => {
  if (path === undefined) return undefined;
  const { begins, ends: at } = await readCertificate(path);
  const level = at <= now ? 0 : levelOfEnd(at, now, begins);
  if (level === undefined) return undefined;
  const says = at <= now ? 'the TLS certificate has ended' : `the TLS certificate ends ${printLeft(at, now)}`;
  const mend = `write the new certificate to ${path}: it is read again within seconds`;
  return { ...ours, kind: 'certificate-ends', target: 'certificate', name: path, level, at, says, mend };
};

const diskFills = (folder: string, { size, free }: Disk, now: number): Warning | undefined => {
  const percent = size === 0 ? 100 : (free / size) * 100;
  const level = FREE.find((each) => percent < each);
  if (level === undefined) return undefined;
  const says = `${percent.toFixed(1)} % of the disk of ${folder} are free (${Math.floor(free / 2 ** 20)} MB)`;
  const mend = 'tidegate cr usage; tidegate gc run; enlarge the disk';
  return { ...ours, kind: 'disk-fills', target: 'data', name: folder, level, at: now, says, mend };
};

const logGrows = async (database: Database, now: number): Promise<Warning | undefined> => {
  const { logBytes = 0 } = await database.measure();
  if (logBytes <= LONGEST_LOG) return undefined;
  const says = `the database's log has ${Math.floor(logBytes / 2 ** 20)} MB: something reads from it without an end`;
  const mend = 'end what reads the database file beside the server, such as a copy of it; restart the server';
  const name = 'tidegate.db-wal';
  return { ...ours, kind: 'database-log-grows', target: 'log', name, level: 0, at: now, says, mend };
};

const jobFails = ({ name, failures, lastFailureAt, reason }: JobRun): Warning | undefined => {
  if (failures < FAILURES || lastFailureAt === undefined) return undefined;
  const says = `the job ${name} failed ${failures} times, one after the other: ${reason ?? 'no reason is known'}`;
  const mend = `read the server's log: it has "job":"${name}" with the reason`;
  return { ...ours, kind: 'job-fails', target: name, name, level: 0, at: lastFailureAt, says, mend };
};
