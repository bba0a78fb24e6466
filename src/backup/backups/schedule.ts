import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import type { Job } from '../../job.ts';
import type { Metrics } from '../../observe/metrics.ts';
import { systemActor } from '../../principal.ts';
import { runOf } from '../runs/backup-run.ts';
import { latestDoneBackup } from '../runs/rows.ts';
import { readTarget } from '../target/open.ts';
import { readWhole } from '../target/target.ts';
import type { Backups } from './backups.ts';

const MINUTE = 60_000;
/** How soon a backup that failed is tried again. */
const AGAIN_MS = 10 * MINUTE;
const RUNS = 20;
/** How often the target is asked for the last drill. */
const DRILL_MS = 10 * MINUTE;
const DRILL = 'drills/last.json';

export interface ScheduleParts {
  readonly backups: Backups;
  readonly database: Database;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'backups'>;
  /** Where and how often; without either there is no schedule. */
  readonly to: string | undefined;
  readonly every: number | undefined;
}

/** Backups that time asks for, and what the metrics tell of all. */
export class BackupSchedule {
  readonly #parts: ScheduleParts;
  #drill: number | undefined;
  #drillAt = Number.NEGATIVE_INFINITY;

  constructor(parts: ScheduleParts) {
    this.#parts = parts;
  }

  get jobs(): readonly Job[] {
    const { to, every } = this.#parts;
    const period = Math.min(MINUTE, every ?? MINUTE);
    const watch: Job = { name: 'watch-backups', period: MINUTE, of: 'process', run: () => this.watch() };
    if (to === undefined || every === undefined) return [watch];
    const run = (signal: AbortSignal): Promise<void> => this.#takeIfDue(to, every, signal);
    return [{ name: 'back-up', period, of: 'process', run }, watch];
  }

  /** Reads what the metrics tell, which any replica may have done. */
  async watch(): Promise<void> {
    const { database, metrics, clock } = this.#parts;
    const row = await latestDoneBackup(database.db);
    const run = row && runOf(row);
    const location = run?.target ?? this.#parts.to;
    if (location !== undefined && clock.now() - this.#drillAt >= DRILL_MS) {
      this.#drillAt = clock.now();
      this.#drill = await drillOf(location).catch(() => this.#drill);
    }
    metrics.backups({
      succeededAt: run?.startedAt,
      seconds: run && ((run.finishedAt ?? run.startedAt) - run.startedAt) / 1000,
      bytes: run?.bytes,
      drilledAt: this.#drill,
    });
  }

  async #takeIfDue(to: string, every: number, signal: AbortSignal): Promise<void> {
    const { backups, clock } = this.#parts;
    const now = clock.now();
    const runs = (await backups.latest(RUNS)).filter(({ target }) => target === to);
    const done = runs.find(({ outcome }) => outcome === 'done');
    const [last] = runs;
    if (done !== undefined && done.startedAt + every > now) return;
    if (last !== undefined && last.startedAt + Math.min(every, AGAIN_MS) > now) return;
    try {
      await backups.take({ actor: systemActor('backup'), accountId: null }, to, signal);
    } catch (error) {
      // one is under way elsewhere; what goes wrong with this one is logged where it does
      if (!(error instanceof RegistryError)) throw error;
    }
    await this.watch();
  }
}

/** When a restore from this target was last tried with success. */
const drillOf = async (location: string): Promise<number | undefined> => {
  await using opened = await readTarget(location);
  if ((await opened.target.stat(DRILL)) === undefined) return undefined;
  const { at } = JSON.parse((await readWhole(opened.target, DRILL, 65_536)).toString()) as { at?: unknown };
  const time = typeof at === 'number' ? at : Date.parse(String(at));
  return Number.isNaN(time) ? undefined : time;
};
