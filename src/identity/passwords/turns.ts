import { RegistryError } from '../../errors.ts';

export interface TurnLimits {
  /** What runs at once, and of one network. */
  readonly running: { readonly total: number; readonly network: number };
  /** What waits at once, and of one network. */
  readonly waiting: { readonly total: number; readonly network: number };
}

/** One that waits; called with the refusal where it loses its place. */
type Waiting = (refusal?: RegistryError) => void;

/**
 * Runs few pieces of costly work at once, and lets the client networks take turns. A network that asks for a lot waits for
 * itself: never more than one piece of each network runs before the next of another one. Where all places are taken, the
 * network that has most of them loses its newest to a newcomer that has fewer.
 */
export class Turns {
  readonly #limits: TurnLimits;
  readonly #running = new Map<string, number>();
  /** By network, never empty. The network that waits for its turn longest comes first. */
  readonly #waiting = new Map<string, Waiting[]>();
  #runningCount = 0;
  #waitingCount = 0;

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  /** Throws TOOMANYREQUESTS where there is no place to wait. */
  async run<Result>(network: string, work: () => Promise<Result>): Promise<Result> {
    if (this.#mayRun(network)) this.#begin(network);
    else await this.#wait(network);
    try {
      return await work();
    } finally {
      this.#end(network);
    }
  }

  #mayRun(network: string): boolean {
    const { running } = this.#limits;
    return this.#runningCount < running.total && (this.#running.get(network) ?? 0) < running.network;
  }

  #begin(network: string): void {
    this.#runningCount++;
    this.#running.set(network, (this.#running.get(network) ?? 0) + 1);
  }

  #end(network: string): void {
    const left = (this.#running.get(network) ?? 1) - 1;
    this.#runningCount--;
    if (left === 0) this.#running.delete(network);
    else this.#running.set(network, left);
    for (const next of this.#waiting.keys()) {
      if (!this.#mayRun(next)) continue;
      this.#begin(next);
      this.#take(next, 'shift')?.();
      return;
    }
  }

  #wait(network: string): Promise<void> {
    this.#makeRoom(network);
    return new Promise((resolve, reject) => {
      const places = this.#waiting.get(network) ?? [];
      places.push((refusal) => (refusal ? reject(refusal) : resolve()));
      this.#waiting.set(network, places);
      this.#waitingCount++;
    });
  }

  #makeRoom(network: string): void {
    const { waiting } = this.#limits;
    const own = this.#waiting.get(network)?.length ?? 0;
    if (own >= waiting.network) throw tooMany();
    if (this.#waitingCount < waiting.total) return;
    let [largest, most] = [network, own + 1];
    for (const [each, { length }] of this.#waiting) if (length > most) [largest, most] = [each, length];
    if (largest === network) throw tooMany();
    this.#take(largest, 'pop')?.(tooMany());
  }

  /** Takes the oldest or the newest of a network. After its turn a network is the last of those that wait. */
  #take(network: string, which: 'shift' | 'pop'): Waiting | undefined {
    const places = this.#waiting.get(network) ?? [];
    const taken = places[which]();
    if (taken) this.#waitingCount--;
    if (which === 'shift' || places.length === 0) this.#waiting.delete(network);
    if (which === 'shift' && places.length > 0) this.#waiting.set(network, places);
    return taken;
  }
}

const tooMany = (): RegistryError =>
  new RegistryError('TOOMANYREQUESTS', {
    message: 'too many passwords are being checked; try again in a few seconds',
  });
