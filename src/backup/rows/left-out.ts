/**
 * Tables that no backup has, each with the reason. Every other table of the database is in it, also those that a later
 * version adds. Old sessions are in none, so no restore can forget to end them.
 */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  job_leases: 'leases end with the processes that hold them',
  byte_holds: 'holds end with the backups that they were made for',
  backup_runs: 'backups belong to the place where they were made; a restored one begins its own',
  journal_notes: 'the journal of a restored place begins anew',
  journal_batches: 'the journal of a restored place begins anew',
  journal_targets: 'the journal of a restored place begins anew',
  uploads: 'the bytes of an unfinished upload are not in a backup',
  small_blobs: 'they are bytes: a backup has them by their names, and copies each once',
  unnamed_bytes: 'bytes that no row names are not in a backup',
  sessions: 'a restore ends every session of before',
  refresh_tokens: 'a restore ends every session of before',
  one_time_codes: 'a restore ends every code of before',
  device_logins: 'a restore ends every code of before',
  login_grants: 'a restore ends every code of before',
};
