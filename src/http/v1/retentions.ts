import { Type } from 'typebox';
import { ALL_IMAGES } from '../../lifecycle/room.ts';
import {
  RetentionAnalysis,
  RetentionDocument,
  RetentionPolicies,
  RetentionPolicy,
  RetentionRun,
  RetentionRuns,
  RetentionTerms,
} from '../../wire/retentions.ts';
import { sendJsonAsMade, sendLinesAsMade } from '../as-made.ts';
import type { JsonApp, JsonRequest } from '../json-app.ts';
import { accountHeader, actorOf, principalOf, regionOf } from '../json-request.ts';
import { listableWhole } from '../listable.ts';
import { mayDo } from '../may-do.ts';
import { resourceOf } from '../resource.ts';
import { unchanged } from '../word-for-word.ts';
import { presentNamespace } from './own-namespace.ts';
import type { V1Parts } from './parts.ts';
import { analysisText, documentOf, explanationOf, policyOf, runDocumentOf } from './retention-documents.ts';
import { onNamespace, onNamespaceOfBody, openly } from './retention-needs.ts';

/** A document is read as it is: nothing in it is turned into another type, and nothing is dropped. */
const AS_SENT = { bodyLimit: 64 << 10, validatorCompiler: unchanged };

const Namespace = Type.Object({ namespace: Type.String({ maxLength: 255 }) });

/** /api/v1/retentions, as in IBM's Container Registry API; explanations and runs are ours. */
export const retentionRoutes = (app: JsonApp, parts: V1Parts): void => {
  policyRoutes(app, parts);
  analysisRoutes(app, parts);
  runRoutes(app, parts);
};

const policyRoutes = (app: JsonApp, parts: V1Parts): void => {
  const { retention } = parts;
  app.get(
    '/api/v1/retentions',
    {
      schema: {
        summary: 'The retention policies of the namespaces whose policies the caller may list',
        tags: ['registry'],
        response: { 200: RetentionPolicies },
      },
      config: { needs: 'signed-in' },
    },
    async (request) => {
      const namespaces = await listableWhole(request, parts, {
        accountId: accountHeader(request),
        action: 'container-registry.retention.list',
      });
      const policies = await retention.policies(namespaces.map(({ id }) => id));
      return Object.fromEntries(
        namespaces.flatMap(({ id, name }) => {
          const standing = policies.get(id);
          return standing ? [[name, documentOf(name, standing)]] : [];
        }),
      );
    },
  );

  app.get(
    '/api/v1/retentions/:namespace',
    {
      schema: {
        summary: 'The retention policy of a namespace',
        tags: ['registry'],
        params: Namespace,
        response: { 200: RetentionPolicy },
      },
      config: { needs: onNamespace('container-registry.retention.get', parts) },
    },
    async (request) => {
      const { id, name } = await presentNamespace(request, parts, request.params.namespace);
      const standing = (await retention.policies([id])).get(id);
      if (!standing) throw new Error('every namespace has a policy');
      return documentOf(name, standing);
    },
  );

  app.post(
    '/api/v1/retentions',
    {
      ...AS_SENT,
      schema: {
        summary: 'Set the retention policy of a namespace; it runs at once, and then daily',
        tags: ['registry'],
        body: RetentionDocument,
        response: { 201: Type.Null() },
      },
      config: {
        needs: {
          onBody: [
            onNamespaceOfBody('container-registry.retention.set', parts),
            // what a policy deletes its author could delete
            ...(['container-registry.image.list', 'container-registry.image.delete'] as const).map(
              (action) => ({
                ...openly(onNamespaceOfBody(action, parts)),
                when: ({ body }: JsonRequest) => deletesSomething(body as RetentionDocument),
              }),
            ),
          ],
        },
      },
    },
    async (request, reply) => {
      const { namespace: name, ...terms } = request.body;
      const namespace = await presentNamespace(request, parts, name);
      await retention.set(namespace, policyOf(terms), actorOf(request));
      reply.code(201);
    },
  );
};

const deletesSomething = ({ images_per_repo, retain_untagged, rules = [] }: RetentionDocument): boolean =>
  (images_per_repo ?? ALL_IMAGES) !== ALL_IMAGES || retain_untagged !== true || rules.length > 0;

/** Two forms of one analysis. They are sent as they are made, and end when the client is gone. */
const analysisRoutes = (app: JsonApp, parts: V1Parts): void => {
  const { retention, origin } = parts;
  const needs = {
    onBody: [
      onNamespaceOfBody('container-registry.retention.analyze', parts),
      openly(onNamespaceOfBody('container-registry.image.list', parts)),
    ],
  };
  /** A policy with rules counts as seen when the caller may set it: that is who decides. */
  const pagesFor = async (request: JsonRequest, { namespace: name, ...terms }: RetentionDocument) => {
    const namespace = await presentNamespace(request, parts, name);
    const resource = resourceOf(regionOf(request), namespace);
    const maySet = await mayDo(
      parts.access,
      principalOf(request),
      'container-registry.retention.set',
      resource,
    );
    return retention.analyze(namespace, policyOf(terms), maySet);
  };

  app.post(
    '/api/v1/retentions/analyze',
    {
      ...AS_SENT,
      schema: {
        summary: 'What a retention policy would delete now; deletes nothing',
        tags: ['registry'],
        body: RetentionDocument,
        response: { 200: RetentionAnalysis },
      },
      config: { needs },
    },
    async (request, reply) => {
      const pages = await pagesFor(request, request.body);
      const host = origin.registryHost(request.raw);
      sendJsonAsMade(reply, analysisText(host, pages));
      return reply;
    },
  );

  app.post(
    '/api/v1/retentions/explain',
    {
      ...AS_SENT,
      schema: {
        summary: 'The same with every image, kept or deleted, and why; a line for each',
        tags: ['registry'],
        body: RetentionDocument,
      },
      config: { needs },
    },
    async (request, reply) => {
      const pages = await pagesFor(request, request.body);
      const host = origin.registryHost(request.raw);
      sendLinesAsMade(reply, explanationOf(host, pages));
      return reply;
    },
  );
};

const runRoutes = (app: JsonApp, parts: V1Parts): void => {
  const { retention } = parts;
  app.get(
    '/api/v1/retentions/:namespace/runs',
    {
      schema: {
        summary: 'The latest runs of retention in a namespace',
        tags: ['registry'],
        params: Namespace,
        response: { 200: RetentionRuns },
      },
      config: { needs: onNamespace('container-registry.retention.get', parts) },
    },
    async (request) => {
      const { id, name } = await presentNamespace(request, parts, request.params.namespace);
      return { runs: (await retention.runs(id)).map((run) => runDocumentOf(name, run)) };
    },
  );

  app.post(
    '/api/v1/retentions/:namespace/runs',
    {
      ...AS_SENT,
      schema: {
        summary: 'Delete what a retention policy does not keep, once; the run goes on in the background',
        tags: ['registry'],
        params: Namespace,
        body: RetentionTerms,
        response: { 202: RetentionRun },
      },
      config: {
        needs: {
          ...onNamespace('container-registry.retention.analyze', parts),
          and: [
            openly(onNamespace('container-registry.image.list', parts)),
            openly(onNamespace('container-registry.image.delete', parts)),
          ],
        },
      },
    },
    async (request, reply) => {
      const namespace = await presentNamespace(request, parts, request.params.namespace);
      const run = await retention.ask(namespace, policyOf(request.body), actorOf(request));
      reply.code(202).header('Location', `/api/v1/retentions/${namespace.name}/runs/${run.id}`);
      return runDocumentOf(namespace.name, run);
    },
  );

  app.get(
    '/api/v1/retentions/:namespace/runs/:id',
    {
      schema: {
        summary: 'A run of retention',
        tags: ['registry'],
        params: Type.Object({ ...Namespace.properties, id: Type.String({ maxLength: 100 }) }),
        response: { 200: RetentionRun },
      },
      config: { needs: onNamespace('container-registry.retention.get', parts) },
    },
    async (request) => {
      const { id, name } = await presentNamespace(request, parts, request.params.namespace);
      return runDocumentOf(name, await retention.run(id, request.params.id));
    },
  );
};
