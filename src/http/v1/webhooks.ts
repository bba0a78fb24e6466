import { Type } from 'typebox';
import type { HookAuthor, HookSecret } from '../../webhooks/room.ts';
import {
  NewWebhook,
  Webhook,
  WebhookChanges,
  WebhookList,
  WebhookQuery,
  WebhookRotation,
  WebhookWithSecret,
} from '../../wire/webhooks.ts';
import type { JsonApp, JsonReply, RequestHead } from '../json-app.ts';
import { accountHeader, actorOf, ifMatchOf, principalOf } from '../json-request.ts';
import { mayDo } from '../may-do.ts';
import { presentNamespace } from './own-namespace.ts';
import type { V1Parts } from './parts.ts';
import { webhookOf } from './webhook-documents.ts';
import {
  onChangedHook,
  onHook,
  onNewHook,
  type PlacedHook,
  placed,
  presentHook,
  resourceOfHook,
} from './webhook-needs.ts';

const tags = ['registry'];
export const HookId = Type.Object({ id: Type.String({ maxLength: 100 }) });

/** Addresses that are told of what happens in an account: ours. */
export const webhookRoutes = (app: JsonApp, parts: V1Parts): void => {
  readRoutes(app, parts);
  makeRoute(app, parts);
  changeRoutes(app, parts);
};

const readRoutes = (app: JsonApp, parts: V1Parts): void => {
  const { hooks, access } = parts;
  app.get(
    '/api/v1/webhooks',
    {
      schema: {
        summary: 'The webhooks that the caller may list, without their secrets',
        tags,
        querystring: WebhookQuery,
        response: { 200: WebhookList },
      },
      config: { needs: 'signed-in' },
    },
    async (request) => {
      const { namespace: wanted } = request.query;
      const all = await placed(request, parts, await hooks.list(accountHeader(request)));
      const seen: Webhook[] = [];
      for (const each of all) {
        if (wanted !== undefined && each.namespace?.name !== wanted) continue;
        const resource = resourceOfHook(request, each);
        if (await mayDo(access, principalOf(request), 'container-registry.webhook.list', resource))
          seen.push(webhookOf(each));
      }
      return seen;
    },
  );

  app.get(
    '/api/v1/webhooks/:id',
    {
      schema: { summary: 'A webhook, without its secret', tags, params: HookId, response: { 200: Webhook } },
      config: { needs: onHook('container-registry.webhook.list', parts) },
    },
    async (request, reply) => tagged(reply, await presentHook(request, parts)),
  );
};

const makeRoute = (app: JsonApp, parts: V1Parts): void => {
  app.post(
    '/api/v1/webhooks',
    {
      schema: {
        summary: 'Tell an address of what happens in an account or a namespace; its secret is shown once',
        tags,
        body: NewWebhook,
        response: { 201: WebhookWithSecret },
      },
      config: { needs: { onBody: onNewHook(parts) } },
    },
    async (request, reply) => {
      const { name, description = '', url, form = 'standard', events, secret } = request.body;
      const { namespace: of } = request.body;
      const namespace = of === undefined ? undefined : await presentNamespace(request, parts, of);
      const accountId = accountHeader(request);
      const wanted = { accountId, namespaceId: namespace?.id, name, description, url, form, events, secret };
      const made = await parts.hooks.add(wanted, authorOf(request));
      reply.code(201).header('Location', `/api/v1/webhooks/${made.hook.id}`);
      return shownOnce(reply, made, namespace);
    },
  );
};

const changeRoutes = (app: JsonApp, parts: V1Parts): void => {
  const { hooks } = parts;
  const set = onHook('container-registry.webhook.set', parts);
  app.patch(
    '/api/v1/webhooks/:id',
    {
      schema: {
        summary: 'Change a webhook, or switch it on or off. Needs If-Match',
        tags,
        params: HookId,
        body: WebhookChanges,
        response: { 200: Webhook },
      },
      config: { needs: { ...set, onBody: onChangedHook(parts) } },
    },
    async (request, reply) => {
      const { namespace } = await presentHook(request, parts);
      const ifMatch = ifMatchOf(request);
      const { id } = request.params;
      const hook = await hooks.change(accountHeader(request), id, ifMatch, request.body, authorOf(request));
      return tagged(reply, { hook, namespace });
    },
  );

  app.post(
    '/api/v1/webhooks/:id/rotate',
    {
      schema: {
        summary: 'The next secret of a webhook, shown once; the one of now signs as well for a while',
        tags,
        params: HookId,
        body: WebhookRotation,
        response: { 200: WebhookWithSecret },
      },
      config: { needs: set },
    },
    async (request, reply) => {
      const { namespace } = await presentHook(request, parts);
      const { secret, overlap } = request.body;
      const rotation = {
        ...(secret === undefined ? {} : { secret }),
        ...(overlap === undefined ? {} : { overlap: overlap * 1000 }),
      };
      const { id } = request.params;
      const made = await hooks.rotateSecret(accountHeader(request), id, rotation, authorOf(request));
      return shownOnce(reply, made, namespace);
    },
  );

  app.delete(
    '/api/v1/webhooks/:id',
    {
      schema: {
        summary: 'Remove a webhook, with what waits for it and the log of its deliveries',
        tags,
        params: HookId,
        response: { 204: Type.Null() },
      },
      config: { needs: set },
    },
    async (request, reply) => {
      await presentHook(request, parts);
      await hooks.remove(accountHeader(request), request.params.id, actorOf(request));
      reply.code(204);
    },
  );
};

const authorOf = (request: RequestHead): HookAuthor => ({
  actor: actorOf(request),
  identity: principalOf(request),
});

const tagged = (reply: JsonReply, found: PlacedHook): Webhook => {
  reply.header('ETag', found.hook.entityTag);
  return webhookOf(found);
};

const shownOnce = (
  reply: JsonReply,
  { hook, secret }: HookSecret,
  namespace: PlacedHook['namespace'],
): WebhookWithSecret => {
  reply.header('Cache-Control', 'no-store');
  return { ...tagged(reply, { hook, namespace }), secret };
};
