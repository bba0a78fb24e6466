import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestRegistry } from '../support/registry.ts';

export interface Outcome {
  /** Milliseconds from the acknowledgement of the revocation to the last request that was still accepted; 0: none was. */
  readonly lastAccepted: number;
  /** Requests sent more than a second after the acknowledgement, and how many of them were accepted. */
  readonly late: number;
  readonly lateAccepted: number;
}

export interface Trial {
  /** A request on the observing replica with what came from the key. */
  readonly ask: () => Promise<number>;
  readonly revoke: () => Promise<void>;
}

/** A key made on one replica, whose bearer has just worked on the other. */
export const prepareTrial = async (a: TestRegistry, b: TestRegistry, name: string): Promise<Trial> => {
  const { id, apikey } = await a.createKey(name);
  const bearer = await b.bearer('repository:birds/a:pull', 'iamapikey', apikey);
  const ask = async (): Promise<number> => {
    const answer = await b.fetch('/v2/birds/a/tags/list', { headers: { Authorization: `Bearer ${bearer}` } });
    await answer.arrayBuffer();
    return answer.status;
  };
  assert.equal(await ask(), 404, 'the bearer works: there is no such repository, and it may know');
  return {
    ask,
    async revoke() {
      assert.equal((await a.api('DELETE', `/v1/apikeys/${id}`)).status, 204);
    },
  };
};

const PAUSE_MS = 5;
const LATE_MS = 1000;

/** Asks again and again from the moment the revocation is acknowledged, until refused, and a few times after a second. */
export const observe = async (
  { ask, revoke }: Trial,
  { andLate }: { andLate: boolean },
): Promise<Outcome> => {
  await revoke();
  const acknowledged = performance.now();
  let lastAccepted = 0;
  let late = 0;
  let lateAccepted = 0;
  const once = async (): Promise<number> => {
    const sent = performance.now() - acknowledged;
    const status = await ask();
    const accepted = status !== 401;
    if (accepted) lastAccepted = sent;
    if (sent > LATE_MS) late++;
    if (sent > LATE_MS && accepted) lateAccepted++;
    return status;
  };
  while ((await once()) !== 401) await sleep(PAUSE_MS);
  if (andLate) {
    await sleep(Math.max(0, acknowledged + LATE_MS + 1 - performance.now()));
    for (let request = 0; request < 3; request++) await once();
  }
  return { lastAccepted, late, lateAccepted };
};

export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
};
