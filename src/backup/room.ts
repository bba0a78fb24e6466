/** Backup and restore: what doors, roof and the offline commands use. */
export type { BackupTarget, PutOptions, TargetObject } from './target/target.ts';
