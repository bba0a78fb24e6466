import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { needs } from '../support/component.ts';
import { haproxy } from '../support/haproxy.ts';
import { postgres } from '../support/postgres.ts';
import { s3 } from '../support/s3.ts';
import { addNamespace, startFleet } from './fleet.ts';
import { type Acknowledged, Client } from './traffic.ts';

test(
  'P8: replicas restarted one after the other under load: nothing acknowledged is lost (and, reported, how many requests noticed)',
  needs(postgres, s3, haproxy),
  async (t) => {
    await using fleet = await startFleet('rolling');
    await addNamespace(fleet, 'birds');
    const ending = new AbortController();
    const clients = [1, 2, 3].map(() => new Client(fleet.url, fleet.apikey));
    const pushed: Acknowledged[] = [];
    const busy = clients.map(async (client) => {
      while (!ending.signal.aborted) {
        const image = await client.push('birds/a');
        pushed.push(image);
        await client.pull(image);
      }
    });
    await sleep(2000);
    for (const replica of fleet.replicas) {
      await replica.restart('SIGTERM');
      await sleep(3000);
    }
    ending.abort();
    await Promise.all(busy);
    const noticed = clients.reduce((sum, { repeated }) => sum + repeated, 0);
    t.diagnostic(`${pushed.length} pushes and as many pulls, ${noticed} things were done again`);
    for (const image of pushed) await new Client(fleet.url, fleet.apikey).pull(image);
  },
);
