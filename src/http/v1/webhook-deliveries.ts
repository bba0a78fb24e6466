import { Type } from 'typebox';
import { Delivery, DeliveryList, DeliveryQuery } from '../../wire/webhooks.ts';
import type { JsonApp } from '../json-app.ts';
import { accountHeader, actorOf } from '../json-request.ts';
import type { V1Parts } from './parts.ts';
import { deliveryOf } from './webhook-documents.ts';
import { onHook, presentHook } from './webhook-needs.ts';
import { HookId } from './webhooks.ts';

const tags = ['registry'];
const DeliveryId = Type.Object({ ...HookId.properties, delivery: Type.String({ maxLength: 100 }) });
const PAGE = 50;

/** The log of what was sent to a webhook, what waits for it, and sending by hand. */
export const webhookDeliveryRoutes = (app: JsonApp, parts: V1Parts): void => {
  readRoutes(app, parts);
  sendRoutes(app, parts);
};

const readRoutes = (app: JsonApp, parts: V1Parts): void => {
  const { deliveries } = parts;
  const needs = onHook('container-registry.webhook.list', parts);
  app.get(
    '/api/v1/webhooks/:id/deliveries',
    {
      schema: {
        summary: 'What was sent to a webhook in the last 30 days, and what waits',
        tags,
        params: HookId,
        querystring: DeliveryQuery,
        response: { 200: DeliveryList },
      },
      config: { needs },
    },
    async (request) => {
      const { hook } = await presentHook(request, parts);
      const { state, start, limit = PAGE } = request.query;
      const page = await deliveries.list(hook.accountId, hook.id, {
        ...(state === undefined ? {} : { state }),
        ...(start === undefined ? {} : { after: start }),
        limit,
      });
      return {
        deliveries: page.deliveries.map(deliveryOf),
        ...(page.next === undefined ? {} : { next: page.next }),
      };
    },
  );

  app.get(
    '/api/v1/webhooks/:id/deliveries/:delivery',
    {
      schema: {
        summary: 'What became of a delivery',
        tags,
        params: DeliveryId,
        response: { 200: Delivery },
      },
      config: { needs },
    },
    async (request) => {
      const { hook } = await presentHook(request, parts);
      return deliveryOf(await deliveries.find(hook.accountId, hook.id, request.params.delivery));
    },
  );
};

const sendRoutes = (app: JsonApp, parts: V1Parts): void => {
  const { deliveries } = parts;
  const needs = onHook('container-registry.webhook.set', parts);
  app.post(
    '/api/v1/webhooks/:id/test',
    {
      schema: {
        summary: 'Send a test to a webhook; the delivery says what became of it',
        tags,
        params: HookId,
        response: { 202: Delivery },
      },
      config: { needs },
    },
    async (request, reply) => {
      await presentHook(request, parts);
      const { id } = request.params;
      const delivery = await deliveries.test(accountHeader(request), id, actorOf(request));
      reply.code(202).header('Location', `/api/v1/webhooks/${id}/deliveries/${delivery.id}`);
      return deliveryOf(delivery);
    },
  );

  app.post(
    '/api/v1/webhooks/:id/deliveries/:delivery/redeliver',
    {
      schema: {
        summary: 'Send a delivery again at once, under the same id',
        tags,
        params: DeliveryId,
        response: { 202: Delivery },
      },
      config: { needs },
    },
    async (request, reply) => {
      await presentHook(request, parts);
      const { id, delivery } = request.params;
      const again = await deliveries.redeliver(accountHeader(request), id, delivery, actorOf(request));
      reply.code(202).header('Location', `/api/v1/webhooks/${id}/deliveries/${delivery}`);
      return deliveryOf(again);
    },
  );
};
