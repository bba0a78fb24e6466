import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { AuditedEvent, AuditLog, EventFilter, TimePlace } from '../../audit/events/room.ts';

/** What was done with the images of one repository by one principal, as far as one right allows it. */
export interface Use {
  readonly principal: string;
  readonly action: NeededAction;
  readonly repository: string;
  /** One of the tags that it was done to. */
  readonly tag: string | undefined;
  readonly region: string | undefined;
  readonly times: number;
  /** The last of these events. */
  readonly last: AuditedEvent;
}

const NEEDED = {
  'container-registry.image.pull': 'container-registry.image.pull',
  'container-registry.image.push': 'container-registry.image.push',
  'container-registry.image.tag': 'container-registry.image.push',
  'container-registry.image.untag': 'container-registry.image.delete',
  'container-registry.image.delete': 'container-registry.image.delete',
} as const;
export type NeededAction = (typeof NEEDED)[keyof typeof NEEDED];

/** Events that one request looks at. */
const MOST_EVENTS = 4000;
const PAGE = 200;

/** Collects uses of images from the audit log, until it has looked at as much as one request may. */
export class UsesFound {
  readonly #log: AuditLog;
  readonly #uses = new Map<string, Use>();
  #left = MOST_EVENTS;
  #isCut = false;

  constructor(log: AuditLog) {
    this.#log = log;
  }

  get all(): readonly Use[] {
    return [...this.#uses.values()];
  }

  /** There was more to look at. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** What a caller could not look at. */
  cut(): void {
    this.#isCut = true;
  }

  /** Uses that pass a filter; at most `most` events of it are looked at. */
  async add(filter: EventFilter, most = MOST_EVENTS): Promise<void> {
    let place: TimePlace | undefined;
    for (let looked = 0; ; ) {
      if (this.#left <= 0 || looked >= most) {
        this.#isCut = true;
        return;
      }
      const { events, next } = await this.#log.newest(
        { ...filter, outcome: 'success', action: 'container-registry.image.*' },
        place,
        PAGE,
      );
      for (const event of events) this.#note(event);
      // a page without a match has looked at rows, too
      const count = Math.max(events.length, PAGE);
      looked += count;
      this.#left -= count;
      await turnOfLoop();
      if (!next) return;
      place = next;
    }
  }

  #note(event: AuditedEvent): void {
    const action = Object.hasOwn(NEEDED, event.action)
      ? NEEDED[event.action as keyof typeof NEEDED]
      : undefined;
    if (!action) return;
    const tag = event.reference?.includes(':') ? undefined : event.reference;
    const key = JSON.stringify([event.principal, action, event.target, tag]);
    const known = this.#uses.get(key);
    this.#uses.set(key, {
      principal: event.principal,
      action,
      repository: event.target,
      tag,
      region: event.region,
      times: (known?.times ?? 0) + event.times,
      last: known && known.last.lastAt > event.lastAt ? known.last : event,
    });
  }
}

/** Uses that differ in their tags only, as one. */
export const withoutTags = (uses: readonly Use[]): Use[] => {
  const joined = new Map<string, Use>();
  for (const use of uses) {
    const key = JSON.stringify([use.principal, use.action, use.repository]);
    const known = joined.get(key);
    joined.set(key, {
      ...use,
      times: (known?.times ?? 0) + use.times,
      last: known && known.last.lastAt > use.last.lastAt ? known.last : use.last,
    });
  }
  return [...joined.values()].sort((a, b) => b.last.lastAt - a.last.lastAt);
};
