import type { Restorable, Revocations } from '../backup/room.ts';
import type { Config } from '../config/settings.ts';
import type { Db } from '../database/database.ts';
import { type LivingCredential, livingCredentials } from '../identity/room.ts';

export interface RestoreReport {
  readonly snapshot: Pick<Restorable, 'id' | 'at'>;
  readonly generation: number;
  readonly revocations: Revocations;
  /** Keys that --revived=disable has disabled; undefined: it was not asked for. */
  readonly disabled: number | undefined;
  /** Deliveries of webhooks that waited when the backup was made, and are not sent. */
  readonly droppedDeliveries: number;
  /** Blobs that the backup has no sound bytes of. */
  readonly damaged: number;
}

interface Living {
  readonly db: Db;
  readonly now: number;
}

/** How many credentials are shown to a person. */
const SHOWN = 20;

const time = (at: number | undefined): string => (at === undefined ? 'never' : new Date(at).toISOString());

/** For a person: bounded, and what to do next. */
export const printReport = async (report: RestoreReport, living: Living, config: Config): Promise<void> => {
  const { snapshot } = report;
  say(`\nRestored ${snapshot.id}, as everything was at ${time(snapshot.at)}.`);
  say(
    'Every earlier session, access token, refresh token, docker login, upload and one-time code has ended.',
  );
  say(revocationsOf(report, living.now));
  if (report.disabled !== undefined) say(`API keys of users that were disabled: ${report.disabled}`);
  say(`Deliveries of webhooks that waited and are not sent: ${report.droppedDeliveries}`);
  await printCredentials(report, living);
  say(nextSteps(config));
};

const revocationsOf = ({ snapshot, revocations }: RestoreReport, now: number): string => {
  const { until, removed, changed, added, current, because } = revocations;
  const done = `${removed} rows removed, ${changed} changed, ${added} added`;
  if (current)
    return `What was revoked until ${time(until)} stays revoked (${done}). That is ${Math.max(0, Math.ceil((now - (until ?? now)) / 1000))} seconds ago: what was revoked in them is not known, and works again.`;
  const known = until === undefined ? '' : ` It was read until ${time(until)} (${done}).`;
  return `There is no current revocation journal: ${because ?? 'the target has none'}.${known} What was revoked after ${time(until ?? snapshot.at)} works again.`;
};

const printCredentials = async ({ revocations }: RestoreReport, { db, now }: Living): Promise<void> => {
  const advice = revocations.current ? '' : ', delete those that were revoked';
  say(`\nThese API keys and registry tokens work${advice}:`);
  let count = 0;
  for await (const each of livingCredentials(db, now)) if (++count <= SHOWN) say(`  ${lineOf(each)}`);
  if (count === 0) say('  none');
  if (count > SHOWN) say(`  and ${count - SHOWN} more; -o json lists all of them`);
};

const lineOf = ({ kind, id, accountId, iamId, name, lastUsedAt }: LivingCredential): string =>
  `${kind === 'api-key' ? 'API key' : 'registry token'}  ${id}  "${name}"  of ${iamId ?? 'the account'} in ${accountId}  last used ${time(lastUsedAt)}`;

const nextSteps = ({ data, databaseUrl }: Config): string => `
Not in a backup: pull traffic and last uses since then, and uploads that were not finished.
Start the server with the same settings${databaseUrl === undefined ? ` (tidegate serve --data ${data})` : ''}, run tidegate gc verify, and take a new backup.
Do not start the old place again: the two would differ from then on.`;

/** For a program: everything, one credential at a time. */
export const printJson = async (report: RestoreReport, { db, now }: Living): Promise<void> => {
  const { snapshot, generation, revocations, disabled, damaged, droppedDeliveries } = report;
  const head = {
    snapshot: snapshot.id,
    at: time(snapshot.at),
    generation,
    journal: {
      current: revocations.current,
      ...(revocations.until === undefined ? {} : { until: time(revocations.until) }),
      ...(revocations.because === undefined ? {} : { because: revocations.because }),
      removed: revocations.removed,
      changed: revocations.changed,
      added: revocations.added,
    },
    disabled: disabled ?? 0,
    dropped_deliveries: droppedDeliveries,
    damaged,
  };
  process.stdout.write(`${JSON.stringify(head).slice(0, -1)},"credentials":[`);
  let separator = '\n';
  for await (const each of livingCredentials(db, now)) {
    process.stdout.write(separator + JSON.stringify(jsonOf(each)));
    separator = ',\n';
  }
  process.stdout.write(']}\n');
};

const jsonOf = ({ kind, id, accountId, iamId, name, createdAt, lastUsedAt }: LivingCredential) => ({
  kind,
  id,
  account_id: accountId,
  ...(iamId === undefined ? {} : { iam_id: iamId }),
  name,
  created_at: time(createdAt),
  ...(lastUsedAt === undefined ? {} : { last_used_at: time(lastUsedAt) }),
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);
