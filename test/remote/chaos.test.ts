import { test } from 'node:test';
import { needs } from '../support/component.ts';
import { haproxy } from '../support/haproxy.ts';
import { postgres } from '../support/postgres.ts';
import { s3 } from '../support/s3.ts';
import { chaos, cutBucket, killReplica, killUploading, restartDatabase } from './chaos.ts';

test(
  'P5, P8: a replica killed, PostgreSQL restarted and S3 cut off while clients push and pull: nothing acknowledged is lost, no byte is wrong',
  needs(postgres, s3, haproxy),
  (t) =>
    chaos(t, {
      name: 'chaos',
      pushers: 2,
      pullers: 1,
      restMs: 1500,
      events: [killReplica(0, 500), killUploading(1), restartDatabase, cutBucket(2000)],
    }),
);
