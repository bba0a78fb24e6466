import { DELETE, PULL, PUSH, type Right } from './authorize.ts';
import { deleteBlob, getBlob } from './blobs.ts';
import { catalog } from './catalog.ts';
import type { Exchange, RepositoryExchange } from './exchange.ts';
import { base, listReferrers, listTags } from './lists.ts';
import { deleteManifest, getManifest, putManifest } from './manifests.ts';
import type { RawPath } from './path.ts';
import { appendChunk, beginUpload, cancelUpload, finishUpload, uploadStatus } from './uploads.ts';

interface RouteBase {
  /** The distribution-spec's number of the endpoint. */
  readonly id: string;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Which path (path.ts) it answers. */
  readonly path: RawPath['kind'];
}

/** Either about one repository, with a right on it, or for every caller that is signed in. There is no third kind. */
export type Route =
  | (RouteBase & { readonly needs: Right; readonly handle: (exchange: RepositoryExchange) => Promise<void> })
  | (RouteBase & {
      readonly needs: 'signed-in';
      readonly handle: (exchange: Exchange) => Promise<void> | void;
    });

/** Every endpoint of the registry protocol. Needs say what a request must be allowed; handlers never ask. */
export const V2_ROUTES: readonly Route[] = [
  { id: 'end-1', method: 'GET', path: 'base', needs: 'signed-in', handle: base },
  { id: 'end-1', method: 'HEAD', path: 'base', needs: 'signed-in', handle: base },
  { id: 'end-2', method: 'GET', path: 'blob', needs: PULL, handle: getBlob },
  { id: 'end-2', method: 'HEAD', path: 'blob', needs: PULL, handle: getBlob },
  { id: 'end-3', method: 'GET', path: 'manifest', needs: PULL, handle: getManifest },
  { id: 'end-3', method: 'HEAD', path: 'manifest', needs: PULL, handle: getManifest },
  { id: 'end-4', method: 'POST', path: 'uploads', needs: PUSH, handle: beginUpload },
  { id: 'end-5', method: 'PATCH', path: 'upload', needs: PUSH, handle: appendChunk },
  { id: 'end-6', method: 'PUT', path: 'upload', needs: PUSH, handle: finishUpload },
  { id: 'end-7', method: 'PUT', path: 'manifest', needs: PUSH, handle: putManifest },
  { id: 'end-8', method: 'GET', path: 'tags', needs: PULL, handle: listTags },
  { id: 'end-8', method: 'HEAD', path: 'tags', needs: PULL, handle: listTags },
  { id: 'end-9', method: 'DELETE', path: 'manifest', needs: DELETE, handle: deleteManifest },
  { id: 'end-10', method: 'DELETE', path: 'blob', needs: DELETE, handle: deleteBlob },
  { id: 'end-12', method: 'GET', path: 'referrers', needs: PULL, handle: listReferrers },
  { id: 'end-12', method: 'HEAD', path: 'referrers', needs: PULL, handle: listReferrers },
  { id: 'end-13', method: 'GET', path: 'upload', needs: PUSH, handle: uploadStatus },
  { id: 'end-14', method: 'DELETE', path: 'upload', needs: PUSH, handle: cancelUpload },
  { id: 'catalog', method: 'GET', path: 'catalog', needs: 'signed-in', handle: catalog },
  { id: 'catalog', method: 'HEAD', path: 'catalog', needs: 'signed-in', handle: catalog },
];
