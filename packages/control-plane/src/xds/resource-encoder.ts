// From ProxyConfig's resources to bytes on the wire: each object is encoded once, its version is a hash of its
// content, and all streams share the bytes.

import { createHash } from 'node:crypto';
import type { ResourceType, ResourceTypes } from '@weft/api/proxy-config/types';
import { encodeDeltaResource } from '@weft/common/xds/discovery';
import { encodeResourceJson, typeUrl } from '@weft/common/xds/resource';

export interface EncodedResource {
  readonly name: string;
  /** Equal versions have equal content. */
  readonly version: string;
  /** An envoy.service.discovery.v3.Resource. */
  readonly bytes: Buffer;
}

/** 96 bits: no two contents meet by chance. */
const VERSION_LENGTH = 16;

export class ResourceEncoder {
  /** By the object itself: the ConfigView gives the same one while the content is the same. */
  readonly #encoded = new WeakMap<object, EncodedResource>();

  encode<T extends ResourceType>(type: T, resource: ResourceTypes[T]): EncodedResource {
    const known = this.#encoded.get(resource);
    if (known !== undefined) return known;
    const json = Buffer.from(JSON.stringify(resource));
    const version = createHash('sha256').update(json).digest('base64url').slice(0, VERSION_LENGTH);
    const { name } = resource;
    const value = encodeResourceJson(json);
    const bytes = encodeDeltaResource({ name, version, typeUrl: typeUrl(type), value });
    const encoded = { name, version, bytes };
    this.#encoded.set(resource, encoded);
    return encoded;
  }
}
