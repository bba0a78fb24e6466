import { RegistryError, rowOf } from '../../errors.ts';
import { DeletedImage } from '../../wire/images.ts';
import { BulkDelete, BulkDeleted, type BulkDeleteFailure as Failure } from '../../wire/trash.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { accountHeader, actorOf, principalOf } from '../json-request.ts';
import { mayDo } from '../may-do.ts';
import { ImageParams } from './image-inspection.ts';
import { findImage, imageOfPath, onRepository, orNoImage } from './image-needs.ts';
import type { V1Parts } from './parts.ts';
import { imageNamed } from './resource-name.ts';

const DELETE = 'container-registry.image.delete';

/** Images go to the trash: DELETE /api/v1/images/{image} and bulkdelete, as in IBM's Container Registry API. */
export const imageDeletionRoutes = (app: JsonApp, parts: V1Parts): void => {
  app.delete(
    '/api/v1/images/:image',
    {
      schema: {
        summary: 'Delete an image with all its tags; it can be restored from the trash',
        tags: ['registry'],
        params: ImageParams,
        response: { 200: DeletedImage },
      },
      config: {
        needs: {
          action: DELETE,
          on: (request) => onRepository(request, parts, imageNamed(request, parts, imageOfPath(request))),
        },
      },
    },
    (request) => remove(request, parts, imageOfPath(request)),
  );

  app.post(
    '/api/v1/images/bulkdelete',
    {
      schema: {
        summary: 'Delete several images; the answer says of each whether it is deleted',
        tags: ['registry'],
        body: BulkDelete,
        response: { 200: BulkDeleted },
      },
      config: { needs: 'signed-in' },
    },
    async (request) => {
      accountHeader(request);
      const success: string[] = [];
      const failed = new Map<string, Failure>();
      for (const text of new Set(request.body)) {
        try {
          await refuseDeletion(request, parts, text);
          await remove(request, parts, text);
          success.push(text);
        } catch (error) {
          failed.set(text, failureOf(error));
        }
      }
      return { success, error: Object.fromEntries(failed) };
    },
  );
};

/**
 * Answers how the image can be restored. All tags of the image go with it, so the right is one on the repository: a right on
 * one tag lets its holder take that tag away, and no more.
 */
const remove = async (request: RequestHead, parts: V1Parts, text: string): Promise<DeletedImage> => {
  const image = await findImage(request, parts, imageNamed(request, parts, text));
  const { target, reference } = image;
  const deletion = parts.trash.delete(target, reference, actorOf(request)).catch(refuseListed);
  const { digest, expiresAt } = await orNoImage(image, deletion);
  return {
    Untagged: image.fullName,
    deleted: `${parts.origin.registryHost(request.raw)}/${target.name}@${digest}`,
    restorable_until: new Date(expiresAt).toISOString(),
  };
};

/**
 * The distribution specification has 405 for what an index needs. Here the method is right and the image in use: 409, by
 * which clients know that the same request can succeed later.
 */
const refuseListed = (error: unknown): never => {
  if (!(error instanceof RegistryError) || error.code !== 'UNSUPPORTED') throw error;
  throw new RegistryError('CONFLICT', { message: error.message, detail: error.detail, cause: error });
};

/** The same right as of one deletion, for one of several. */
const refuseDeletion = async (request: RequestHead, parts: V1Parts, text: string): Promise<void> => {
  const resource = await onRepository(request, parts, imageNamed(request, parts, text));
  if (await mayDo(parts.access, principalOf(request), DELETE, resource)) return;
  throw new RegistryError('DENIED', {
    message: `You are not authorized: no policy grants ${DELETE} on repository ${resource.repository}.`,
  });
};

/** What is wrong with one of several images. Anything else ends the request. */
const failureOf = (error: unknown): Failure => {
  if (!(error instanceof RegistryError) || error.status >= 500) throw error;
  return { code: rowOf(error.code).v1 ?? 'CRG0001E', message: error.message };
};
