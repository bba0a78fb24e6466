import { Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import { type ImageName, referenceOf } from '../../oci/image-name.ts';
import type { Tag } from '../../oci/reference.ts';
import { namespaceOf } from '../../oci/repository-name.ts';
import { quote } from '../../oci/strict-json.ts';
import type { RepositoryTarget } from '../../registry/room.ts';
import { ImageTagQuery, Untagged } from '../../wire/images.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { actorOf } from '../json-request.ts';
import { refuseForeignSubject } from './copied-subjects.ts';
import { ImageParams } from './image-inspection.ts';
import { findImage, imageOfPath, onNamedImage, orNoImage } from './image-needs.ts';
import { ownRepository } from './own-namespace.ts';
import { scopeOf, type V1Parts } from './parts.ts';
import { imageNamed } from './resource-name.ts';

/** Tags are set and taken away: /api/v1/images/tags and /api/v1/tags, as in IBM's Container Registry API. */
export const imageTagRoutes = (app: JsonApp, parts: V1Parts): void => {
  const source = (request: RequestHead): ImageName =>
    imageNamed(request, parts, (request.query as ImageTagQuery).fromimage);
  const target = (request: RequestHead): ImageName => {
    const text = (request.query as ImageTagQuery).toimage;
    const name = imageNamed(request, parts, text);
    if (name.reference?.kind !== 'digest') return name;
    throw new RegistryError('BAD_REQUEST', {
      message: `${quote(text)} is a digest, and an image is given a tag: write NAMESPACE/REPOSITORY:TAG in toimage.`,
    });
  };

  app.post(
    '/api/v1/images/tags',
    {
      schema: {
        summary: 'Give an image a tag, in its own repository or in another one of the account',
        tags: ['registry'],
        querystring: ImageTagQuery,
        response: { 201: Type.Null() },
      },
      config: {
        needs: {
          action: 'container-registry.image.pull',
          on: (request) => onNamedImage(request, parts, source(request)),
          and: [
            {
              action: 'container-registry.image.push',
              on: (request) => onNamedImage(request, parts, target(request)),
            },
          ],
        },
      },
    },
    async (request, reply) => {
      const image = await findImage(request, parts, source(request));
      const name = target(request);
      const to = await repositoryOf(request, parts, name);
      await parts.quotas.admitPush(scopeOf(request));
      const refuseSubject = refuseForeignSubject(request, parts, to);
      await orNoImage(image, parts.copies.tag(image, to, tagOf(name), actorOf(request), refuseSubject));
      reply.code(201);
    },
  );

  const tagged = (request: RequestHead): ImageName => {
    const text = imageOfPath(request);
    const name = imageNamed(request, parts, text);
    if (name.reference?.kind === 'tag') return name;
    throw new RegistryError('BAD_REQUEST', {
      message: `${quote(text)} has no tag: write NAMESPACE/REPOSITORY:TAG. To delete the image itself, use DELETE /api/v1/images.`,
    });
  };

  app.delete(
    '/api/v1/tags/:image',
    {
      schema: {
        summary: 'Take a tag away; the image stays',
        tags: ['registry'],
        params: ImageParams,
        response: { 200: Untagged },
      },
      config: {
        needs: {
          action: 'container-registry.image.delete',
          on: (request) => onNamedImage(request, parts, tagged(request)),
        },
      },
    },
    async (request) => {
      const image = await findImage(request, parts, tagged(request));
      const { target: repository, reference } = image;
      await orNoImage(image, parts.manifests.remove(repository, reference, undefined, actorOf(request)));
      return { Untagged: image.fullName };
    },
  );
};

/** The repository that gets the tag; it begins with it. NAME_UNKNOWN where the account has no such namespace. */
const repositoryOf = async (
  request: RequestHead,
  parts: V1Parts,
  { repository }: ImageName,
): Promise<RepositoryTarget> => {
  const target = await ownRepository(request, parts, repository);
  if (target) return target;
  throw new RegistryError('NAME_UNKNOWN', {
    message: `Your account has no namespace ${namespaceOf(repository)} here; add it first.`,
  });
};

const tagOf = (name: ImageName): Tag => {
  const reference = referenceOf(name);
  if (reference.kind === 'tag') return reference.tag;
  throw new Error('the target of a copy is named by a tag');
};
