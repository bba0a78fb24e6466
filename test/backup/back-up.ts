import assert from 'node:assert/strict';
import type { BackupRun } from '../../src/wire/backups.ts';
import type { RegistryProcess } from '../support/registry-process.ts';
import { until } from '../support/until.ts';

/** Asks a running server to begin a backup. */
export const askForBackup = (registry: RegistryProcess, to: string): Promise<Response> =>
  registry.request('/api/v1/backups', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ to }),
  });

/** Begins a backup of a running server, and answers the run when it has ended. */
export const runBackup = async (registry: RegistryProcess, to: string): Promise<BackupRun> => {
  const begun = await askForBackup(registry, to);
  const text = await begun.text();
  assert.equal(begun.status, 202, text);
  const { id } = JSON.parse(text) as BackupRun;
  return endedRun(registry, id);
};

/** The run when it has ended. */
export const endedRun = async (registry: RegistryProcess, id: string): Promise<BackupRun> => {
  const read = async (): Promise<BackupRun> =>
    (await (await registry.request(`/api/v1/backups/${id}`)).json()) as BackupRun;
  let run = await read();
  await until('the backup has ended', async () => {
    run = await read();
    return run.outcome !== 'running';
  });
  return run;
};

/** A backup of a running server below its TIDEGATE_BACKUP_ROOT; answers its id. */
export const backUp = async (registry: RegistryProcess, to: string): Promise<string> => {
  const { outcome, reason, snapshot } = await runBackup(registry, to);
  assert.equal(outcome, 'done', reason ?? '');
  return snapshot ?? '';
};
