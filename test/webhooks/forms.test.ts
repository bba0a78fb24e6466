import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { EVENTS_OF_FORM, type FormedRequest, formed, tells } from '../../src/webhooks/forms/forms.ts';
import { faultOfSecret, newSecret } from '../../src/webhooks/forms/secret.ts';
import { HOOK_EVENTS, HOOK_FORMS, type HookForm } from '../../src/webhooks/hooks/hook.ts';
import type { HookEvent } from '../../src/webhooks/outbox/event.ts';
import {
  fluxOfDockerHub,
  fluxOfGenericHmac,
  fluxOfHarbor,
  imageUpdaterOfDockerHub,
  imageUpdaterOfHarbor,
  kargoOfHarbor,
} from './receivers.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const OTHER_DIGEST = `sha256:${'cd'.repeat(32)}`;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

const ADDRESS = 'https://us.example.com:5000';

const push: HookEvent = {
  id: 'evt_1',
  kind: 'image.pushed',
  at: Date.parse('2026-11-27T14:00:00.250Z'),
  accountId: '53093d2bd8c952973ece7ddfda266a1c',
  region: 'us-south',
  namespace: 'birds',
  repository: 'birds/team/app',
  tag: '1.0',
  digest: DIGEST,
  mediaType: MANIFEST,
  size: 708,
  actor: { name: 'builder', iamId: 'iam-ServiceId-1' },
};

const sent = (form: HookForm, event: HookEvent, ...secrets: string[]): FormedRequest =>
  formed({ form }, event, {
    at: Date.now(),
    secrets: secrets.length === 0 ? [newSecret()] : secrets,
    registryAddress: ADDRESS,
  });

/** An event without the fields of that name. */
const without = (event: HookEvent, ...names: (keyof HookEvent)[]): HookEvent =>
  Object.fromEntries(Object.entries(event).filter(([name]) => !names.includes(name as never))) as never;

const json = ({ body }: FormedRequest) => JSON.parse(body);

describe('every form', () => {
  for (const form of HOOK_FORMS) {
    test(`${form}: O31 the library standardwebhooks verifies a delivery, with both secrets while one replaces the other`, () => {
      const [before, after] = [newSecret(), newSecret()];
      const { body, headers } = sent(form, push, after, before);
      for (const secret of [before, after])
        assert.doesNotThrow(() => new Webhook(secret).verify(body, { ...headers }));
      assert.throws(() => new Webhook(newSecret()).verify(body, { ...headers }), /No matching signature/);
      assert.throws(() => new Webhook(after).verify(`${body} `, { ...headers }), /No matching signature/);
      assert.equal(headers['webhook-id'], 'evt_1');
      const other = { ...headers, 'webhook-id': 'evt_2' };
      assert.throws(() => new Webhook(after).verify(body, other), /No matching signature/);
      assert.throws(
        () => new Webhook(before).verify(body, { ...sent(form, push, after).headers }),
        /No match/,
      );
    });

    test(`${form}: names that others choose stand in no header, and a body stays a JSON document below 20 000 bytes`, () => {
      const hostile = '\r\nX-Admin: yes\r\n\r\n{"evil":1}\u0000\u2028"\\\ud83d';
      const long = hostile.repeat(1000);
      const actor = { name: long, iamId: 'IBMid-1' };
      const tags = Array.from({ length: 50 }, () => 't'.repeat(128));
      const strange: HookEvent = {
        ...push,
        actor,
        tags,
        tag: long,
        mediaType: long,
        says: long,
        subject: long,
      };
      const strangePlace: HookEvent = { ...strange, repository: `birds/${long}`, namespace: long };
      for (const event of [strange, strangePlace]) {
        const message = sent(form, event);
        for (const [name, value] of Object.entries(message.headers))
          assert.match(value, /^[\x20-\x7e]+$/, `${name} is one line of ASCII`);
        assert.ok(!Object.values(message.headers).join().includes('X-Admin'));
        assert.ok(Buffer.byteLength(message.body) < 20_000, `${Buffer.byteLength(message.body)} bytes`);
        assert.equal(typeof json(message), 'object');
        assert.ok(message.body.isWellFormed(), 'what was cut is text still');
      }
    });

    test(`${form}: an id that could end a header or stand for two messages is not sent`, () => {
      for (const id of ['a.b', 'a\r\nb', '', 'a b', 'x'.repeat(101)]) {
        assert.throws(() => sent(form, { ...push, id }), /cannot be signed/, JSON.stringify(id));
      }
    });

    test(`${form}: the secret is no part of the body`, () => {
      const secret = newSecret();
      assert.ok(!sent(form, push, secret).body.includes(secret.slice('whsec_'.length)));
    });
  }

  test('the longest names that the specification allows are told whole', () => {
    const repository = `birds/${'a'.repeat(249)}`;
    const [tag, digest] = ['t'.repeat(128), `sha512:${'ab'.repeat(64)}`];
    const long: HookEvent = { ...push, repository, tag, digest, previousDigest: digest };
    const reference = `us.example.com:5000/${repository}:${tag}`;
    assert.deepEqual(
      [json(sent('standard', long)).subject, json(sent('standard', long)).data.image],
      [reference, reference],
    );
    assert.equal(json(sent('harbor', long)).event_data.resources[0].resource_url, reference);
    const [event] = json(sent('distribution', long)).events;
    assert.deepEqual(
      [event.target.repository, event.target.tag, event.target.digest],
      [repository, tag, digest],
    );
  });

  test('nothing is sent without a secret', () => {
    const attempt = { at: 0, secrets: [], registryAddress: ADDRESS };
    assert.throws(() => formed({ form: 'standard' }, push, attempt), /signed/);
  });

  test('a delivery of the same event is the same but for the time of the try and its signature', () => {
    const attempt = { secrets: [newSecret()], registryAddress: ADDRESS };
    const first = formed({ form: 'standard' }, push, { ...attempt, at: 1_000_000 });
    const again = formed({ form: 'standard' }, push, { ...attempt, at: 9_000_999 });
    assert.equal(first.body, again.body);
    assert.equal(first.headers['webhook-id'], again.headers['webhook-id']);
    assert.deepEqual(
      [first.headers['webhook-timestamp'], again.headers['webhook-timestamp']],
      ['1000', '9000'],
    );
    assert.notEqual(first.headers['webhook-signature'], again.headers['webhook-signature']);
  });
});

describe('the form standard', () => {
  test('is an event of CloudEvents 1.0 that names the image, and what it says is thin', () => {
    const message = sent('standard', push);
    assert.equal(message.headers['content-type'], 'application/cloudevents+json; charset=utf-8');
    assert.deepEqual(json(message), {
      specversion: '1.0',
      id: 'evt_1',
      source: 'crn:v1:bluemix:public:container-registry:us-south:a/53093d2bd8c952973ece7ddfda266a1c:::',
      type: 'tidegate.image.pushed',
      subject: 'us.example.com:5000/birds/team/app:1.0',
      time: '2026-11-27T14:00:00.250Z',
      datacontenttype: 'application/json',
      data: {
        account: '53093d2bd8c952973ece7ddfda266a1c',
        region: 'us-south',
        namespace: 'birds',
        registry: 'us.example.com:5000',
        repository: 'birds/team/app',
        image: 'us.example.com:5000/birds/team/app:1.0',
        tag: '1.0',
        digest: DIGEST,
        media_type: MANIFEST,
        size: 708,
        actor: { name: 'builder', iam_id: 'iam-ServiceId-1' },
      },
    });
  });

  test('tells every kind of event, also those about no image', () => {
    for (const kind of [...HOOK_EVENTS, 'webhook.test'] as const) {
      const about = { says: 'The quota fills', subject: 'storage' };
      const event = {
        ...without(push, 'repository', 'namespace', 'tag', 'digest', 'size', 'mediaType'),
        kind,
      };
      assert.ok(tells('standard', event));
      const { data, subject, type } = json(sent('standard', { ...event, ...about }));
      assert.deepEqual([type, subject], [`tidegate.${kind}`, 'storage']);
      const { accountId: account, region } = push;
      const actor = { name: 'builder', iam_id: 'iam-ServiceId-1' };
      assert.deepEqual(data, { account, region, message: 'The quota fills', actor });
    }
  });

  test('tells what a tag stood for before it was moved, and how many pulls an event stands for', () => {
    const moved = sent('standard', { ...push, kind: 'tag.changed', previousDigest: OTHER_DIGEST });
    assert.equal(json(moved).data.previous_digest, OTHER_DIGEST);
    assert.equal(json(sent('standard', { ...push, kind: 'image.pulled', times: 12 })).data.pulls, 12);
  });

  test('O33 a Flux Receiver of the type generic-hmac verifies it, with the newest secret', () => {
    const [before, after] = [newSecret(), newSecret()];
    const message = sent('standard', { ...push, actor: { name: 'jörg 한글' } }, after, before);
    fluxOfGenericHmac(message, after);
    assert.throws(() => fluxOfGenericHmac(message, before));
    assert.throws(() => fluxOfGenericHmac({ ...message, body: `${message.body} ` }, after));
    for (const form of ['harbor', 'distribution', 'dockerhub'] as const)
      assert.equal(sent(form, push).headers['x-signature'], undefined, form);
  });
});

describe('the form harbor', () => {
  test('O32 Image Updater reads registry, repository, tag and digest of a push, and Kargo and Flux accept it', () => {
    const secret = newSecret();
    const message = sent('harbor', push, secret, newSecret());
    assert.deepEqual(imageUpdaterOfHarbor(message, secret), {
      registry: 'us.example.com:5000',
      repository: 'birds/team/app',
      tag: '1.0',
      digest: DIGEST,
    });
    assert.deepEqual(kargoOfHarbor(message, secret), {
      url: 'us.example.com:5000/birds/team/app:1.0',
      tags: ['1.0'],
    });
    fluxOfHarbor(message, secret);
  });

  test('has the fields of Harbor and no others', () => {
    assert.deepEqual(json(sent('harbor', push)), {
      type: 'PUSH_ARTIFACT',
      occur_at: 1_795_788_000,
      operator: 'builder',
      event_data: {
        resources: [{ digest: DIGEST, tag: '1.0', resource_url: 'us.example.com:5000/birds/team/app:1.0' }],
        repository: {
          name: 'team/app',
          namespace: 'birds',
          repo_full_name: 'birds/team/app',
          repo_type: 'private',
        },
      },
    });
  });

  test('O32 tells no push without a tag, and no move of a tag beside the push that moved it', () => {
    assert.ok(tells('harbor', push));
    assert.ok(!tells('harbor', without(push, 'tag')));
    assert.ok(!tells('harbor', { ...push, kind: 'tag.changed', previousDigest: OTHER_DIGEST }));
  });

  test('tells a warning of the quota under the name of Harbor', () => {
    const warning: HookEvent = { ...without(push, 'repository', 'tag', 'digest'), kind: 'quota.warning' };
    const { type, event_data } = json(sent('harbor', { ...warning, says: 'The storage quota is 90 % full' }));
    assert.deepEqual(
      [type, event_data],
      ['QUOTA_WARNING', { custom_attributes: { Details: 'The storage quota is 90 % full' } }],
    );
  });

  test('tells pulls and deletions under the names of Harbor, with the digest where there is no tag', () => {
    const deleted: HookEvent = { ...without(push, 'tag'), kind: 'image.deleted' };
    assert.ok(tells('harbor', deleted));
    const { type, event_data } = json(sent('harbor', deleted));
    assert.deepEqual(
      [type, event_data.resources[0].resource_url],
      ['DELETE_ARTIFACT', `us.example.com:5000/birds/team/app@${DIGEST}`],
    );
    assert.equal(json(sent('harbor', { ...push, kind: 'image.pulled' })).type, 'PULL_ARTIFACT');
  });
});

describe('a test', () => {
  test('is told in every form, as the push of a sample where the form has no other words, so that a receiver reads it as it will read others', () => {
    const trial: HookEvent = {
      ...without(push, 'repository', 'namespace', 'tag', 'digest'),
      kind: 'webhook.test',
    };
    for (const form of HOOK_FORMS) assert.ok(tells(form, trial), form);
    const { type, subject } = json(sent('standard', trial));
    assert.deepEqual([type, subject], ['tidegate.webhook.test', undefined]);
    const secret = newSecret();
    const { repository, tag } = imageUpdaterOfHarbor(sent('harbor', trial, secret), secret);
    assert.deepEqual([repository, tag], ['example/webhook-test', 'test']);
    assert.equal(json(sent('distribution', trial)).events[0].action, 'push');
    assert.equal(imageUpdaterOfDockerHub(sent('dockerhub', trial)).tag, 'test');
  });

  test('a form tells the events that a hook of it can ask for, and no others', () => {
    for (const form of HOOK_FORMS)
      for (const kind of HOOK_EVENTS)
        assert.equal(tells(form, { ...push, kind }), EVENTS_OF_FORM[form].includes(kind), `${form} ${kind}`);
  });
});

describe('the form distribution', () => {
  test('is an envelope of one event with the content type and the fields of registry:2', () => {
    const message = sent('distribution', push);
    assert.equal(message.headers['content-type'], 'application/vnd.docker.distribution.events.v2+json');
    assert.deepEqual(json(message), {
      events: [
        {
          id: 'evt_1',
          timestamp: '2026-11-27T14:00:00.250Z',
          action: 'push',
          target: {
            size: 708,
            length: 708,
            mediaType: MANIFEST,
            digest: DIGEST,
            repository: 'birds/team/app',
            url: `https://us.example.com:5000/v2/birds/team/app/manifests/${DIGEST}`,
            tag: '1.0',
          },
          request: { id: 'evt_1', host: 'us.example.com:5000' },
          actor: { name: 'builder' },
          source: { addr: 'us.example.com:5000' },
        },
      ],
    });
  });

  test('a deletion has digest and repository alone; a push by digest is told too', () => {
    const deleted: HookEvent = { ...without(push, 'tag'), kind: 'image.deleted' };
    const [event] = json(sent('distribution', deleted)).events;
    assert.equal(event.action, 'delete');
    assert.deepEqual(Object.keys(event.target).sort(), ['digest', 'repository', 'url']);
    assert.ok(tells('distribution', without(push, 'tag')));
    assert.ok(!tells('distribution', { ...push, kind: 'key.leaked' }));
  });
});

describe('the form dockerhub', () => {
  test('Image Updater and Flux read repository and tag; pulls and deletions are not told', () => {
    const message = sent('dockerhub', push);
    assert.deepEqual(imageUpdaterOfDockerHub(message), {
      registry: 'docker.io',
      repository: 'birds/team/app',
      tag: '1.0',
    });
    assert.deepEqual(fluxOfDockerHub(message), {
      tag: '1.0',
      url: 'https://us.example.com:5000/v2/birds/team/app',
    });
    assert.equal(message.headers.authorization, undefined);
    assert.ok(tells('dockerhub', push));
    for (const kind of ['image.pulled', 'image.deleted', 'quota.warning'] as const)
      assert.ok(!tells('dockerhub', { ...push, kind }), kind);
    assert.ok(!tells('dockerhub', without(push, 'tag')));
  });
});

describe('a secret', () => {
  test('is whsec_ and base64 of 24 to 64 bytes; new ones differ', () => {
    const secretOf = (bytes: number) => `whsec_${randomBytes(bytes).toString('base64')}`;
    for (const bytes of [24, 32, 64]) assert.equal(faultOfSecret(secretOf(bytes)), undefined);
    assert.equal(faultOfSecret(newSecret()), undefined);
    assert.notEqual(newSecret(), newSecret());
    for (const bytes of [0, 1, 23, 65, 1000])
      assert.match(faultOfSecret(secretOf(bytes)) ?? '', /24 to 64 bytes/);
    const [body = ''] = [newSecret().slice('whsec_'.length)];
    for (const text of [
      body,
      `whpk_${body}`,
      `whsec_${body}\n`,
      `whsec_ ${body}`,
      `whsec_${body}=`,
      'whsec_ä',
    ])
      assert.match(faultOfSecret(text) ?? '', /base64/, JSON.stringify(text));
  });

  test('what is wrong with one does not repeat it', () => {
    const secret = `whsec_${randomBytes(90).toString('base64')}`;
    assert.ok(!faultOfSecret(secret)?.includes(secret.slice(6, 20)));
  });
});
