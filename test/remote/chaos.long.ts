import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { contentInLayout } from '../clients/content.ts';
import { makeImageSource, writeImageLayout } from '../clients/image.ts';
import { type Client, client, clients } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { haproxy } from '../support/haproxy.ts';
import { postgres } from '../support/postgres.ts';
import { s3 } from '../support/s3.ts';
import { succeeded, type Turn } from '../support/transcript.ts';
import { chaos, cutBucket, killReplica, killUploading, restartDatabase } from './chaos.ts';
import type { Fleet } from './fleet.ts';

/** Types a command again while it fails, as a person or a pipeline does. */
const untilItPasses = async (type: () => Promise<Turn>): Promise<Turn> => {
  for (let attempt = 1; ; attempt++) {
    const turn = await type();
    if (turn.code === 0 || attempt === 10) return succeeded(turn);
    await sleep(1000);
  }
};

/** Two real clients, each pushing an image that is new every time and pulling what the other pushed. */
const realClients = async ({ host, apikey }: Fleet, signal: AbortSignal): Promise<void> => {
  using skopeo = client('skopeo');
  using crane = client('crane');
  const login = ['-u', 'iamapikey', '--password-stdin', host];
  succeeded(await skopeo.run(['login', '--tls-verify=false', ...login], { stdin: apikey }));
  succeeded(await crane.run(['auth', 'login', '--insecure', ...login], { stdin: apikey }));
  for (let round = 0; !signal.aborted || round === 0; round++) await exchange(skopeo, crane, host, round);
};

const exchange = async (skopeo: Client, crane: Client, host: string, round: number): Promise<void> => {
  const reference = `${host}/birds/real:${round}`;
  writeImageLayout(skopeo.room, makeImageSource(skopeo.room), `source${round}`, 'made');
  const push = ['copy', '--retry-times=3', '--dest-tls-verify=false', `oci:source${round}:made`];
  await untilItPasses(() => skopeo.run([...push, `docker://${reference}`]));
  await untilItPasses(() => crane.run(['pull', '--insecure', '--format=oci', reference, `pulled${round}`]));
  assert.deepEqual(
    await contentInLayout(join(crane.room.outside, `pulled${round}`)),
    await contentInLayout(join(skopeo.room.outside, `source${round}`)),
  );
  const copied = `${host}/birds/copied:${round}`;
  await untilItPasses(() => crane.run(['copy', '--insecure', reference, copied]));
  const pull = ['copy', '--retry-times=3', '--src-tls-verify=false', `docker://${copied}`];
  await untilItPasses(() => skopeo.run([...pull, `oci:back${round}:back`]));
};

test(
  'P5, P8: a minute of kills, a restart and ten seconds without S3, under skopeo, crane and HTTP clients: nothing acknowledged is lost, no byte is wrong',
  needs(postgres, s3, haproxy, clients(['skopeo', 'crane'])),
  (t) =>
    chaos(t, {
      name: 'chaos_long',
      pushers: 3,
      pullers: 2,
      restMs: 5000,
      events: [
        killReplica(0, 2000),
        restartDatabase,
        cutBucket(10_000),
        killUploading(1),
        killReplica(2, 3000),
      ],
      clients: realClients,
    }),
);
