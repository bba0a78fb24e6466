import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import packageJson from '../../package.json' with { type: 'json' };
import { client, clients, treeOf } from '../support/clients.ts';
import { type Component, needs } from '../support/component.ts';
import { dockerEngine, startDockerEngine } from '../support/docker-engine.ts';
import { Lab, labNetwork } from '../support/lab.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { refused, succeeded, type Turn } from '../support/transcript.ts';
import { until } from '../support/until.ts';
import { buildImage } from './image-layout.ts';
import { placeIn } from './image-server.ts';

const fileOf = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../deploy/compose', name), 'utf8');

const compose: Component = {
  name: 'docker compose',
  absence: () =>
    existsSync(join(treeOf('sid'), 'usr/libexec/docker/cli-plugins/docker-compose'))
      ? undefined
      : 'no docker compose in the client tree; as root: scripts/components/make-clients sid',
};

describe('deploy/compose/one.yaml', needs(labNetwork, dockerEngine, compose), () => {
  test('docker compose starts the image with it: healthy, reached at the published port, and the same installation after down and up', async () => {
    using folder = temporaryFolder();
    await buildImage(join(folder.path, 'image'));
    using lab = await Lab.open(['registry.example.com']);
    await using engine = await startDockerEngine('overlay2', lab.surroundings);
    const { room } = engine;
    const archive = `${room.home}/image.tar`;
    const layout = placeIn(room, join(folder.path, 'image'));
    succeeded(await room.run(['tar', '-C', layout, '-cf', archive, '.']));
    succeeded(await engine.docker(['load', '-i', archive], { timeout: 300_000 }));
    const file = room.write('one.yaml', fileOf('one.yaml'));
    const types = (...args: string[]): Promise<Turn> =>
      engine.docker(['compose', '-f', file, ...args], {
        env: { TIDEGATE_EXTERNAL_URL: 'https://registry.example.com' },
        timeout: 120_000,
      });
    const up = ['up', '--detach', '--no-build', '--pull', 'never'];
    const isHealthy = async (): Promise<boolean> =>
      /"Health":"healthy"/.test((await types('ps', '--format', 'json')).stdout);
    const keyOfOwner = async (): Promise<string> => {
      succeeded(await types('cp', 'tidegate:/data/owner-apikey', `${room.home}/key`));
      return readFileSync(join(room.outside, 'key'), 'utf8');
    };
    assert.match(
      succeeded(await types('config', '--images')).stdout,
      new RegExp(`:${packageJson.version}$`, 'm'),
    );
    try {
      succeeded(await types(...up));
      await until('it is healthy', isHealthy);
      const health = await lab.run(['curl', '-sS', '-i', 'http://127.0.0.1:5000/v2/']);
      assert.match(
        succeeded(health).stdout,
        /^HTTP\/1.1 401 [\s\S]*realm="https:\/\/registry\.example\.com\//m,
      );
      const key = await keyOfOwner();
      succeeded(await types('down'));
      succeeded(await types(...up));
      await until('it is healthy again', isHealthy);
      assert.equal(await keyOfOwner(), key);
    } finally {
      await types('down', '--volumes');
    }
  });
});

describe('deploy/compose/replicas.yaml', needs(clients(['docker']), compose), () => {
  test('docker compose understands it, once its passwords are given', async () => {
    using docker = client('docker');
    const file = docker.room.write('replicas.yaml', fileOf('replicas.yaml'));
    const secrets = {
      TIDEGATE_EXTERNAL_URL: 'http://localhost:5000',
      POSTGRES_PASSWORD: 'p',
      AWS_ACCESS_KEY_ID: 'a',
    };
    const types = (env: Record<string, string>): Promise<Turn> =>
      docker.run(['compose', '-f', file, 'config', '--quiet'], { env });
    refused(await types(secrets), /AWS_SECRET_ACCESS_KEY/);
    succeeded(await types({ ...secrets, AWS_SECRET_ACCESS_KEY: 's' }));
  });
});
