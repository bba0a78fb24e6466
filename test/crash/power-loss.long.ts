import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { needs } from '../support/component.ts';
import { PowerLossDisk, powerLossDisk, SURVIVORS } from '../support/power-loss-disk.ts';
import { RegistryProcess } from '../support/registry-process.ts';
import { killRounds } from './rounds.ts';

const DISK = needs(powerLossDisk);

/** The next power cut, of each kind in turn. */
const cutPower = (disk: PowerLossDisk): Promise<void> =>
  disk.losePower(SURVIVORS[disk.cuts.length % SURVIVORS.length] ?? 'none', randomInt(2 ** 31));

/** Says which power cuts led to a failure. */
const telling = async <Result>(disk: PowerLossDisk, work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work();
  } catch (cause) {
    throw new Error(`after the power cuts ${disk.cuts.join(', ')}: ${(cause as Error).message}`, { cause });
  }
};

test(
  'P5: the power fails 25 times while clients push, upload, tag, mount and delete: nothing acknowledged is lost',
  DISK,
  async (t) => {
    await using disk = await PowerLossDisk.mount();
    const { promised, inRows } = await telling(disk, () =>
      killRounds(25, {
        folder: disk.folder,
        cutPower: () => {
          disk.sync(); // the server's folder is ours; what is in it, the server syncs
          return cutPower(disk);
        },
      }),
    );
    t.diagnostic(`${promised} promises kept, ${inRows} blobs in rows`);
    assert.ok(promised > 100 && inRows > 10, 'there was something to lose, in files and in rows');
  },
);

/** Namespaces of an installation that made its owner's key itself. */
class Namespaces {
  readonly #registry: RegistryProcess;

  constructor(registry: RegistryProcess) {
    this.#registry = registry;
  }

  async #headers(): Promise<Record<string, string>> {
    const key = readFileSync(join(this.#registry.dataDir, 'owner-apikey'), 'utf8').trim();
    const { accessToken, accountId } = await this.#registry.signIn(key);
    return { Authorization: `Bearer ${accessToken}`, Account: accountId };
  }

  async list(): Promise<string[]> {
    const headers = await this.#headers();
    const response = await fetch(`${this.#registry.url}/api/v1/namespaces`, { headers });
    return (await response.json()) as string[];
  }

  /** Adds namespaces until the server does not answer; keeps the names of those it acknowledged. */
  async addUntilKilled(added: string[]): Promise<void> {
    const headers = await this.#headers();
    for (let index = 0; ; index++) {
      const url = `${this.#registry.url}/api/v1/namespaces/birds-${index}`;
      if ((await fetch(url, { method: 'PUT', headers })).status === 201) added.push(`birds-${index}`);
    }
  }
}

test(
  'P5: the power fails in the first moments of an installation: it starts again, with an owner key that works and all that was acknowledged',
  DISK,
  async (t) => {
    await using disk = await PowerLossDisk.mount();
    let acknowledged = 0;
    let startTakes = 0;
    for (let turn = 0; turn < 16; turn++) {
      await using registry = new RegistryProcess({
        folder: disk.folder,
        env: { TIDEGATE_BOOTSTRAP_APIKEY: undefined },
      });
      disk.sync(); // the server's folder is ours; what is in it, the server syncs
      const namespaces = new Namespaces(registry);
      const added: string[] = [];
      let killed = false;
      const begun = performance.now();
      const working = registry
        .start()
        .then(() => namespaces.addUntilKilled(added))
        .catch((error) => {
          if (!killed) throw error;
        });
      if (turn % 2 === 0) {
        while (added.length === 0) await Promise.race([sleep(5), working]);
        startTakes = performance.now() - begun;
      } else await Promise.race([sleep(randomInt(Math.ceil(startTakes))), working]);
      killed = true;
      await registry.kill('SIGKILL');
      await working;
      await cutPower(disk);
      await telling(disk, async () => {
        await registry.start();
        const found = await namespaces.list();
        for (const name of added) assert.ok(found.includes(name), `${name} was acknowledged`);
      });
      acknowledged += added.length;
    }
    t.diagnostic(`${acknowledged} namespaces acknowledged`);
    assert.ok(acknowledged >= 8, 'half of the installations had begun to work');
  },
);
