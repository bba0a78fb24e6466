import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';
import type { ClientRoom } from '../support/clients.ts';
import { type Component, needs } from '../support/component.ts';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { refused, succeeded, type Turn } from '../support/transcript.ts';
import { createApiKey, deleteApiKey } from './api-keys.ts';
import { type Content, contentInRegistry } from './content.ts';
import { type ImageSource, makeImageSource } from './image.ts';

/** One client's way of doing what all of them do, with credentials and images of its own. */
export interface Session extends AsyncDisposable {
  readonly room: ClientRoom;
  /** Logs in as `iamapikey`, with the key on standard input. */
  login(host: string, apikey: string): Promise<Turn>;
  /** Makes an image from the source and pushes it; returns the manifest's digest as the client knows it. */
  push(source: ImageSource, reference: string): Promise<string>;
  pull(reference: string): Promise<Turn>;
  /** Fails unless what was pulled is, to the byte, this content. */
  assertHolds(reference: string, content: Content): Promise<void>;
  /** Runs a container of a pulled image, where the client can. */
  run?(reference: string): Promise<Turn>;
}

export interface ClientUnderTest {
  readonly title: string;
  readonly component: Component;
  open(): Promise<Session>;
  /**
   * What a login with a wrong key says where the client does not show our words; false where it does not ask the
   * registry, so that the first request notices.
   */
  readonly loginRefusal?: RegExp | false;
}

const wrongCredentials = /The login credentials are not valid, or your account is not active/;
const namespace = 'birds';

interface Stage {
  readonly registry: RegistryProcess;
  readonly publisher: Session;
  /** Never sees what the publisher keeps. */
  readonly reader: Session;
}

/** What every client must be able to do here, and must be refused. */
export const clientRules = ({
  title,
  component,
  open,
  loginRefusal = wrongCredentials,
}: ClientUnderTest): void => {
  describe(title, () => {
    const opened = new AsyncDisposableStack();
    let stage: Promise<Stage> | undefined;

    const setStage = async (): Promise<Stage> => {
      const registry = opened.use(await startRegistryProcess());
      await registry.namespaceAdd(namespace);
      return { registry, publisher: opened.use(await open()), reader: opened.use(await open()) };
    };

    /** Engines take seconds to start, so the rules share them; each rule pushes an image nobody has seen before. */
    const publish = async () => {
      stage ??= setStage();
      const { registry, publisher, reader } = await stage;
      const repository = `${namespace}/${randomUUID()}`;
      const reference = `${registry.host}/${repository}:1`;
      const source = makeImageSource(publisher.room);
      succeeded(await publisher.login(registry.host, registry.apikey));
      const digest = await publisher.push(source, reference);
      return { registry, reader, repository, reference, digest, source };
    };

    after(() => opened.disposeAsync());

    test(
      'an image pushed with an API key comes back to an empty store byte for byte',
      needs(component),
      async () => {
        const { registry, reader, repository, reference, digest, source } = await publish();
        const content = await contentInRegistry(registry, repository, '1');
        assert.equal(content.digest, digest);
        assert.ok(content.sizes.size >= 5, 'a manifest, a configuration and three layers');
        succeeded(await reader.login(registry.host, registry.apikey));
        succeeded(await reader.pull(reference));
        await reader.assertHolds(reference, content);
        if (reader.run) assert.equal(succeeded(await reader.run(reference)).stdout, `${source.greeting}\n`);
      },
    );

    test('a wrong API key is refused', needs(component), async () => {
      const { registry, reader, reference } = await publish();
      const login = await reader.login(registry.host, `${registry.apikey.slice(1)}x`);
      if (loginRefusal) refused(login, loginRefusal);
      else refused(await reader.pull(reference), wrongCredentials);
    });

    test('the first pull after its API key was deleted is refused', needs(component), async () => {
      const { registry, reader, reference } = await publish();
      const key = await createApiKey(registry, 'for a moment');
      succeeded(await reader.login(registry.host, key.apikey));
      succeeded(await reader.pull(reference));
      await deleteApiKey(registry, key);
      refused(await reader.pull(reference), wrongCredentials);
    });

    test('the server logs what the client did and never its API key', needs(component), async () => {
      const { registry, repository } = await publish();
      await registry.restart(); // what it logs may wait in memory; an orderly end writes it
      const logs = registry.logs();
      assert.ok(logs.includes(repository));
      for (const secret of [
        registry.apikey,
        Buffer.from(`iamapikey:${registry.apikey}`).toString('base64'),
      ]) {
        assert.ok(!logs.includes(secret));
      }
    });
  });
};
