import { Type } from 'typebox';
import { IMAGE_NAME_LIMIT } from '../../oci/image-name.ts';
import type { Attestation } from '../../registry/room.ts';
import { ImageInspection, InspectionQuery } from '../../wire/image-inspection.ts';
import { IdentityNames } from '../identity-names.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { accountHeader, principalOf, regionOf } from '../json-request.ts';
import { mayDo } from '../may-do.ts';
import type { Needs } from '../needs.ts';
import { resourceOf } from '../resource.ts';
import { type FoundImage, findImage, imageOfPath, onImage, orNoImage } from './image-needs.ts';
import { attestationOf, inspectionOf } from './inspection-wire.ts';
import type { V1Parts } from './parts.ts';
import { imageNamed } from './resource-name.ts';

/** The parameter of a path that names an image. */
export const ImageParams = Type.Object({
  image: Type.String({
    maxLength: IMAGE_NAME_LIMIT,
    description: 'HOST/NAMESPACE/REPOSITORY:TAG or …@sha256:…, percent-encoded or with bare slashes',
  }),
});

/** One image: GET /api/v1/images/{image}/json and /manifest, as in IBM's Container Registry API. */
export const imageInspectionRoutes = (app: JsonApp, parts: V1Parts): void => {
  const needs: Needs = { action: 'container-registry.image.inspect', on: onImage(parts, imageOfPath) };
  const found = (request: RequestHead): Promise<FoundImage> =>
    findImage(request, parts, imageNamed(request, parts, imageOfPath(request)));

  const attached = (image: FoundImage): Promise<Attestation[]> =>
    orNoImage(image, parts.attestations.of(image.target, image.reference));

  app.get(
    '/api/v1/images/:image/json',
    {
      schema: {
        summary: 'One image, as docker inspect shows it',
        tags: ['registry'],
        params: ImageParams,
        querystring: InspectionQuery,
        response: { 200: ImageInspection },
      },
      config: { needs },
    },
    async (request) => {
      const image = await found(request);
      const { target, reference } = image;
      const shown = (await seesEveryTag(request, image, parts)) ? undefined : image.reference;
      const inspected = async (): Promise<ImageInspection> => {
        const attestations = request.query.attestations ? await attached(image) : undefined;
        const inspection = await orNoImage(image, parts.inspections.of(target, reference));
        const host = parts.origin.registryHost(request.raw);
        const names = new IdentityNames(parts, accountHeader(request));
        await names.learn([inspection.pushedBy]);
        return {
          ...inspectionOf(host, target.name, inspection, shown, names.of(inspection.pushedBy)),
          ...(attestations === undefined ? {} : { attestations: attestations.map(attestationOf) }),
        };
      };
      // what hangs on an image is many manifests
      if (request.query.attestations) return parts.turns.take(accountHeader(request), inspected);
      const bytes = await parts.inspections.sizeOf(target, reference);
      return parts.turns.forBytes(accountHeader(request), bytes, inspected);
    },
  );

  app.get(
    '/api/v1/images/:image/manifest',
    {
      schema: {
        summary: "An image's manifest, as it was pushed",
        tags: ['registry'],
        params: ImageParams,
      },
      config: { needs },
    },
    async (request, reply) => {
      const image = await found(request);
      const place = { accountId: image.target.namespace.accountId, regionId: image.target.regionId };
      await parts.quotas.admitPull(place);
      const manifest = await orNoImage(image, parts.manifests.get(image.target, image.reference));
      await parts.turns.forBytes(place.accountId, manifest.latin1.length, async () => {});
      parts.quotas.pulled(place, manifest.latin1.length);
      reply
        .headers({ 'Content-Type': manifest.mediaType, 'Docker-Content-Digest': manifest.digest })
        .send(Buffer.from(manifest.latin1, 'latin1'));
      return reply;
    },
  );
};

/** A right on one tag does not show what other tags the image has. */
const seesEveryTag = (
  request: RequestHead,
  { target }: FoundImage,
  { access }: V1Parts,
): Promise<boolean> => {
  const repository = resourceOf(regionOf(request), target.namespace, target.name);
  return mayDo(access, principalOf(request), 'container-registry.image.inspect', repository);
};
