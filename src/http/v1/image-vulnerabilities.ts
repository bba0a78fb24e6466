import { OldVulnerabilityReport } from '../../wire/vulnerabilities.ts';
import type { JsonApp } from '../json-app.ts';
import { ImageParams } from './image-inspection.ts';
import { findImage, imageOfPath, onImage, orNoImage } from './image-needs.ts';
import type { V1Parts } from './parts.ts';
import { imageNamed } from './resource-name.ts';
import { vulnerabilityReport } from './vulnerability-report.ts';

/** GET /api/v1/images/{image}/vulnerabilities, the report before Vulnerability Advisor v4: nothing is known of an image. */
export const imageVulnerabilityRoutes = (app: JsonApp, parts: V1Parts): void => {
  app.get(
    '/api/v1/images/:image/vulnerabilities',
    {
      schema: {
        summary: 'The report of an image, in its form before Vulnerability Advisor v4',
        tags: ['registry'],
        params: ImageParams,
        response: { 200: OldVulnerabilityReport },
      },
      config: {
        needs: { action: 'container-registry.image.vulnerabilities', on: onImage(parts, imageOfPath) },
      },
    },
    async (request) => {
      const image = await findImage(request, parts, imageNamed(request, parts, imageOfPath(request)));
      await orNoImage(image, parts.manifests.get(image.target, image.reference));
      return vulnerabilityReport(image.target.namespace.name);
    },
  );
};
