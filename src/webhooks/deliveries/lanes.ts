import { setTimeout as pause, setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { WebhookDeliveryRow, WebhookRow } from '../../database/webhook-schema.ts';
import { entityTagSeed } from '../../entity-tag.ts';
import type { MasterKey } from '../../identity/room.ts';
import type { Log } from '../../observe/log.ts';
import type { Metrics } from '../../observe/metrics.ts';
import { systemActor } from '../../principal.ts';
import { type FormedRequest, formed } from '../forms/forms.ts';
import { secretsOf } from '../hooks/hook-secrets.ts';
import { findHookById, hooksAfter } from '../hooks/rows.ts';
import { disableHook, type HookDisabling } from '../hooks/writes.ts';
import { eventOf } from './delivery-row.ts';
import { faultOfStatus, type Outcome, outcomeOf, type Tried } from './outcome.ts';
import { Pace } from './pace.ts';
import { Recorder } from './recorder.ts';
import { mayBeTold, type RightParts, rightOf } from './right.ts';
import { dueDeliveries, hooksWithDue } from './rows.ts';
import type { Sender } from './send.ts';

export interface LaneParts extends RightParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly masterKey: MasterKey;
  readonly sender: Pick<Sender, 'send'>;
  readonly log: Pick<Log, 'error' | 'warn'>;
  readonly metrics: Pick<Metrics, 'webhook'>;
  /** Where clients pull from, in a region of this name: `https://registry.example.com`. */
  readonly registryAddress: (region: string | undefined) => string;
}

/** `stopped`: what is under way is broken off, and tried again by another. `ending`: no try begins any more. */
export interface LaneSignals {
  readonly stopped: AbortSignal;
  readonly ending: AbortSignal;
}

export const DELIVERING = 'deliver-webhooks';
const ACTOR = systemActor(DELIVERING);
/** Tries that are under way at once, one for each hook. */
const LANES = 1000;
const HOOKS = 200;
/** Deliveries of a hook that are read at once. */
const READ = 10;
/** A hook to which nothing arrives for so long is switched off. */
const FAILING = 5 * 24 * 3_600_000;
/** A hook of a suspended account is looked at so often. */
const SILENCE = 60_000;

/**
 * One lane per hook: its deliveries go one after the other, in the order of what happened. One that fails waits for its next
 * try, and the others pass. A lane waits for its own receiver alone.
 */
export class Lanes {
  readonly #parts: LaneParts;
  readonly #recorder: Recorder;
  readonly #pace = new Pace();
  readonly #running = new Map<string, Promise<void>>();
  /** Until when a hook is not looked at: its account is silent, or looking failed. */
  readonly #rest = new Map<string, number>();

  constructor(parts: LaneParts) {
    this.#parts = parts;
    this.#recorder = new Recorder(parts.database);
  }

  get areIdle(): boolean {
    return this.#running.size === 0;
  }

  /** Whether something is due. */
  async hasDue(): Promise<boolean> {
    for await (const ids of this.#due()) if (ids.length > 0) return true;
    return false;
  }

  /** Begins a lane for every hook that has something due and none under way. The caller holds the lease. */
  async begin(signals: LaneSignals): Promise<void> {
    for await (const ids of this.#due())
      for (const id of ids) {
        if (signals.ending.aborted || this.#running.size >= LANES) return;
        if (!this.#running.has(id)) this.#start(id, signals);
      }
  }

  /**
   * Answers once no lane is under way: the signals that they were begun with end them early. Throws where one still is after
   * `boundMs`.
   */
  async ended(boundMs: number): Promise<void> {
    const over = new AbortController();
    const late = pause(boundMs, undefined, over).then(() => {
      throw new Error(`${this.#running.size} webhooks have not ended their last try`);
    });
    await Promise.race([Promise.all(this.#running.values()), late]).finally(() => over.abort());
  }

  async *#due(): AsyncGenerator<readonly string[]> {
    const { database, clock } = this.#parts;
    for (let after = ''; ; ) {
      const hooks = await hooksAfter(database.db, after, HOOKS);
      const now = clock.now();
      const ids = hooks.filter((hook) => this.#isAwake(hook, now)).map(({ id }) => id);
      yield await hooksWithDue(database.db, ids, now);
      const last = hooks.at(-1);
      if (last === undefined || hooks.length < HOOKS) return;
      after = last.id;
      await turnOfLoop();
    }
  }

  #isAwake({ id, enabled, removed_at, paused_until }: WebhookRow, now: number): boolean {
    const rests = Math.max(this.#rest.get(id) ?? 0, paused_until ?? 0);
    if (rests <= now) this.#rest.delete(id);
    return enabled === 1 && removed_at === null && rests <= now;
  }

  #start(id: string, signals: LaneSignals): void {
    const lane = this.#run(id, signals)
      .catch((err: unknown) => {
        if (signals.stopped.aborted) return;
        this.#rest.set(id, this.#parts.clock.now() + SILENCE);
        this.#parts.log.error({ job: DELIVERING, webhook: id, err }, 'a webhook could not be delivered');
      })
      .finally(() => this.#running.delete(id));
    this.#running.set(id, lane);
  }

  /** Until nothing of the hook is due, or it is not to be sent any more. */
  async #run(id: string, { stopped, ending }: LaneSignals): Promise<void> {
    const { database, clock } = this.#parts;
    while (!ending.aborted) {
      const due = await dueDeliveries(database.db, id, clock.now(), READ);
      if (due.length === 0) return;
      for (const delivery of due) if (ending.aborted || !(await this.#try(id, delivery, stopped))) return;
    }
  }

  /** False where nothing more of the hook is to be sent now. */
  async #try(id: string, delivery: WebhookDeliveryRow, signal: AbortSignal): Promise<boolean> {
    const { database, clock } = this.#parts;
    await this.#pace.turn(signal);
    if (signal.aborted) return false;
    // read again for each: who changed it, or switched it off, means the next one
    const hook = await findHookById(database.db, id);
    if (!hook || hook.enabled === 0 || (hook.paused_until ?? 0) > clock.now()) return false;
    if (isOfBefore(hook, delivery)) {
      await this.#drop(delivery, 'the webhook was switched off meanwhile');
      return true;
    }
    const right = await rightOf(hook, this.#parts);
    if (right === 'silent') {
      this.#rest.set(id, clock.now() + SILENCE);
      return false;
    }
    if (right === 'no-right') {
      await this.#disable(hook, 'no-right');
      return false;
    }
    if (!(await mayBeTold(hook, eventOf(delivery), this.#parts))) {
      await this.#drop(delivery, 'who answers for the webhook may not be told of this any more');
      return true;
    }
    const at = clock.now();
    const request = this.#formed(hook, delivery, at);
    if (request === undefined) {
      await this.#drop(delivery, 'the event cannot be written in the form of the webhook');
      return true;
    }
    return this.#end(hook, delivery, await this.#send(hook.url, request, at, signal));
  }

  /** Undefined for what cannot be written at all: it must not hold up what comes behind it. */
  #formed(hook: WebhookRow, delivery: WebhookDeliveryRow, at: number): FormedRequest | undefined {
    const { masterKey, registryAddress, log } = this.#parts;
    const event = eventOf(delivery);
    const secrets = secretsOf(masterKey, hook, at);
    try {
      return formed({ form: hook.form }, event, {
        at,
        secrets,
        registryAddress: registryAddress(event.region),
      });
    } catch (err) {
      log.error({ job: DELIVERING, webhook: hook.id, err }, 'an event could not be written for a webhook');
      return undefined;
    }
  }

  async #send(url: string, request: FormedRequest, at: number, signal: AbortSignal): Promise<Tried> {
    const begun = performance.now();
    const since = () => ({ at, ms: performance.now() - begun });
    try {
      const { status, retryAfter } = await this.#parts.sender.send(new URL(url), request, signal);
      return { ...since(), status, error: faultOfStatus(status), retryAfter };
    } catch (error) {
      signal.throwIfAborted();
      return { ...since(), status: undefined, error: (error as Error).message, retryAfter: undefined };
    }
  }

  async #end(hook: WebhookRow, { id, attempts }: WebhookDeliveryRow, tried: Tried): Promise<boolean> {
    const outcome = outcomeOf(attempts, tried, Math.random());
    const failingSince = tried.error === undefined ? null : (hook.failing_since ?? tried.at);
    await this.#recorder.note({
      id,
      attempts,
      delivery: outcome.delivery,
      hookId: hook.id,
      hook: {
        ...(failingSince === hook.failing_since ? {} : { failing_since: failingSince }),
        ...(outcome.pausedUntil === undefined ? {} : { paused_until: outcome.pausedUntil }),
      },
    });
    this.#parts.metrics.webhook(outcome.result);
    return this.#goesOn(hook, outcome, failingSince, tried.at);
  }

  async #goesOn(
    hook: WebhookRow,
    { isGone, pausedUntil }: Outcome,
    failingSince: number | null,
    at: number,
  ): Promise<boolean> {
    const isFailing = failingSince !== null && at - failingSince >= FAILING;
    if (isGone || isFailing) {
      await this.#disable(hook, isGone ? 'gone' : 'failing');
      return false;
    }
    return pausedUntil === undefined;
  }

  #drop({ id, attempts, hook_id }: WebhookDeliveryRow, because: string): Promise<void> {
    const delivery = { state: 'dropped', next_at: null, last_error: because } as const;
    return this.#recorder.note({ id, attempts, delivery, hookId: hook_id, hook: {} });
  }

  async #disable({ id, name }: WebhookRow, reason: HookDisabling['reason']): Promise<void> {
    const { database, clock, metrics, log } = this.#parts;
    const input = { id, reason, at: clock.now(), seed: entityTagSeed(), actor: ACTOR };
    if (!(await database.write(disableHook, input))) return;
    metrics.webhook('disabled');
    log.warn({ webhook: id, name, reason }, 'a webhook was switched off');
  }
}

/** It waited when the hook was switched off; a test or what was asked for again is meant to be sent. */
const isOfBefore = ({ from_number }: WebhookRow, { number, redelivered_at }: WebhookDeliveryRow): boolean =>
  number > 0 && number <= from_number && redelivered_at === null;
